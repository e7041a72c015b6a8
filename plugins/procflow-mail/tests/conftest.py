"""Servers that several tests share."""

import importlib.util
import sys
from pathlib import Path

import pytest


def beside(name):
    """A module of this folder; tests of several plugins have modules of one name."""
    known = f"procflow_mail_tests_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, Path(__file__).with_name(f"{name}.py"))
        module = importlib.util.module_from_spec(spec)
        sys.modules[known] = module
        spec.loader.exec_module(module)
    return sys.modules[known]


@pytest.fixture(scope="session")
def dovecot():
    """A real IMAP server; each test uses a folder of its own."""
    server = beside("dovecot").Dovecot()
    yield server
    server.stop()


@pytest.fixture
def certificate(tmp_path):
    """A self-signed certificate for localhost, and its key: two files."""
    return beside("dovecot").certificate(tmp_path)


@pytest.fixture(scope="session")
def postfix():
    """A real mail server that delivers, refuses and sends back."""
    server = beside("postfix").Postfix()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def zone():
    """A DNS server of a few texts."""
    made = beside("zone").LocalZone()
    yield made
    made.close()
