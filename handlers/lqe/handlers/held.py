"""The places of the cache of warm worlds that are held for those which are about to begin."""

Key = tuple[str, str]


class Held:
    """The worlds that keep their place: a few, of which few are of one tenant.

    Where one more is to be held, the one that was held for the longest time gives way.
    """

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._keys: dict[Key, None] = {}

    def __contains__(self, key: Key) -> bool:
        return key in self._keys

    def hold(self, key: Key) -> None:
        """Let a world keep its place from now on."""
        if key in self._keys:
            return
        self._keys[key] = None
        of_tenant = [other for other in self._keys if other[0] == key[0]]
        if len(of_tenant) > self._most_of_one:
            del self._keys[of_tenant[0]]
        elif len(self._keys) > self._most:
            del self._keys[next(iter(self._keys))]

    def let_go(self, key: Key) -> None:
        """Let a world keep its place only as long as it is used."""
        self._keys.pop(key, None)
