"""The vehicle_register channel keeps the contract of channels, with recorded answers behind it."""

from procflow_vehicle_register.peer import Register

from procflow.testing import ChannelContract


class TestVehicleRegister(ChannelContract):
    peer = Register
