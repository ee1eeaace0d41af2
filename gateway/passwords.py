"""Slow password hashes: argon2id with OWASP's parameters, in a bounded pool off the event loop.

Source: OWASP Password Storage Cheat Sheet (19 MiB, two passes, one lane).
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_THREADS = 2


class Argon2Passwords:
    """Hashes and compares. At most two at once: each takes 19 MiB."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._pool = ThreadPoolExecutor(_THREADS, "argon2")
        self._nobody: str | None = None

    async def hash(self, secret: str) -> str:
        """A salted hash that names its own parameters."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._hasher.hash, secret)

    async def verify(self, stored: str | None, secret: str) -> bool:
        """Whether the secret fits; without a stored hash the work is done all the same, so time tells nothing."""
        if stored is None:
            if self._nobody is None:
                self._nobody = await self.hash("nobody")
            await self._compare(self._nobody, secret)
            return False
        return await self._compare(stored, secret)

    async def _compare(self, stored: str, secret: str) -> bool:
        def compare() -> bool:
            try:
                return self._hasher.verify(stored, secret)
            except (VerificationError, InvalidHashError):
                return False

        return await asyncio.get_running_loop().run_in_executor(self._pool, compare)
