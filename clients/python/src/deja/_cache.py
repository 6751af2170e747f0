"""``Deja.cache``: what is stored, and how to forget it."""

from __future__ import annotations

from typing import Optional
from urllib.parse import quote

from ._wire import Json, Wire, segment


class Cache:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def stats(self) -> Json:
        """Counts of all replicas since ``since``: hits, misses and their reasons, by tier and by model."""
        return self._get("/cache/stats")

    def advice(self) -> Json:
        """What other sizes and lifetimes would give. Rely on it only if ``trusted``."""
        return self._get("/cache/advice")

    def entry(self, key: str) -> Json:
        """The header of the entry that would be served for a ``cache["key"]``.

        :raises NotFoundError: There is none.
        """
        return self._get(f"/cache/{segment(key)}")

    def forget(
        self,
        *,
        model_id: Optional[str] = None,
        key: Optional[str] = None,
        tag: Optional[str] = None,
        all: bool = False,
    ) -> Json:
        """Forgets a series, an entry, a tag (``model:forecast``), or everything: say one of them.

        When it returns, the server that answered never serves the old entry again, the others stop
        within a second. The answer has ``seq``, the number of the invalidation, or a dict
        with that of each shard.
        """
        if (model_id is not None) + (key is not None) + (tag is not None) + bool(all) != 1:
            raise ValueError("forget takes one of model_id, key, tag and all=True")
        if model_id is not None:
            return self._send("POST", f"/invalidate-cache/{segment(model_id)}")
        if key is not None:
            # An empty key would be the whole cache.
            if not key:
                raise ValueError("an empty key names no entry")
            return self._send("DELETE", f"/cache/{segment(key)}")
        return self._send("DELETE", "/cache" if tag is None else f"/cache?tag={quote(tag, safe='')}")

    def _get(self, path: str) -> Json:
        return self._send("GET", path)

    def _send(self, method: str, path: str) -> Json:
        answer: Json = self._wire.send(method, path).json
        return answer
