# SPDX-License-Identifier: Apache-2.0
"""A PKCS#11 token in software (SoftHSM), in a directory of the test's own."""
import pathlib
import shutil
import subprocess

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "4711"


class SoftToken:
    """A token `muster` with its PIN in a file; SoftHSM finds it through the environment variable SOFTHSM2_CONF."""

    def __init__(self, directory):
        directory = pathlib.Path(directory)
        (directory / "tokens").mkdir()
        self.configuration = directory / "softhsm2.conf"
        self.configuration.write_text(f"directories.tokendir = {directory / 'tokens'}\nlog.level = ERROR\n")
        self.environment = {"SOFTHSM2_CONF": str(self.configuration)}
        self.store = f"pkcs11:token=muster?module-path={MODULE}"
        self.pin_file = directory / "pin"
        self.pin_file.write_text(PIN + "\n")
        self.pin_file.chmod(0o600)
        utility = shutil.which("softhsm2-util")
        assert utility, "softhsm2-util is not installed; run ./dev setup"
        subprocess.run([utility, "--init-token", "--free", "--so-pin", "12345678", "--pin", PIN, "--label", "muster"], env=self.environment, check=True, capture_output=True)
