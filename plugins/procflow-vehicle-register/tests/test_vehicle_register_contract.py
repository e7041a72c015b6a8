"""The vehicle_register channel keeps the contract of channels that people carry out by hand."""

from procflow_vehicle_register.peer import Register

from procflow.testing import ByHandContract


class TestVehicleRegister(ByHandContract):
    peer = Register
