"""What the commands for AWS have in common: the account, the package, the tools, the emulator."""
