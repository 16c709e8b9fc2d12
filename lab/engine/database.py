"""In-memory DuckDB databases that searches of one process take turns in.

Opening a database and giving it the lab's SQL macros costs more than many a search over few rows,
so a database is kept for the next search, with the macros and Python functions that it has. A
search has a connection of its own to it and no other search uses it meanwhile: temporary tables
and registered rows go with the connection.
"""

from __future__ import annotations

import atexit
import inspect
import os
import threading
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Each mentions its argument once where it can: macros are text, and nesting would double it.
# spl_num: the number a text stands for, else NULL. spl_text: a number as text.
# spl_places: how many decimals a text has, NULL without a point. spl_magnitude: the power of ten
# of a number's first digit. spl_product_places: the decimals of a product or quotient, which has
# the significant digits of its less precise operand.
# spl_one: the single value of a multivalue; more than one is refused, never guessed at.
MACROS = r"""
CREATE MACRO spl_num(s) AS TRY_CAST(regexp_extract(s,
  '^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$') AS DOUBLE);
CREATE MACRO spl_places(s) AS list_transform([s], lambda written: CASE WHEN contains(written, '.')
  THEN length(regexp_extract(written, '\.(\d*)', 1))
  - coalesce(TRY_CAST(regexp_extract(written, '[eE]([-+]?\d+)', 1) AS BIGINT), 0) END)[1];
CREATE MACRO spl_magnitude(d) AS CAST(floor(log10(nullif(abs(d), 0))) AS BIGINT);
CREATE MACRO spl_product_places(a, a_places, b, b_places, result) AS
  least(a_places + spl_magnitude(a), b_places + spl_magnitude(b)) - spl_magnitude(result);
CREATE MACRO spl_remainder_places(as_sum, as_product, result) AS CASE
  WHEN result = 0 OR as_sum IS NULL OR as_sum = as_product
  OR (round(result, CAST(as_sum AS INTEGER)) = result
  AND round(result, CAST(as_product AS INTEGER)) = result) THEN as_sum
  ELSE error('SPL:no page says how many digits the remainder (%) of decimals shows; put exact(…)'
  || ' around both operands') END;
CREATE MACRO spl_text(d) AS rtrim(replace(CAST(d + 0 AS VARCHAR) || '~', '.0~', ''), '~');
CREATE MACRO spl_one(l) AS list_reduce(l, lambda a, b: error('SPL:multivalue'));
CREATE MACRO spl_single(s) AS list_filter([[s]], lambda x: x[1] IS NOT NULL)[1];
CREATE MACRO spl_list(l) AS nullif(l, []);
CREATE MACRO spl_list_once(l) AS list_filter([l], lambda x: len(x) > 0)[1];
CREATE MACRO spl_any(l) AS list_bool_or(l);
CREATE MACRO spl_eq(a, b) AS CASE WHEN spl_num(a) IS NOT NULL AND spl_num(b) IS NOT NULL
  THEN spl_num(a) = spl_num(b) ELSE a = b END;
CREATE MACRO spl_lt(a, b) AS CASE WHEN spl_num(a) IS NOT NULL AND spl_num(b) IS NOT NULL
  THEN spl_num(a) < spl_num(b) ELSE a < b END;
CREATE MACRO spl_le(a, b) AS CASE WHEN spl_num(a) IS NOT NULL AND spl_num(b) IS NOT NULL
  THEN spl_num(a) <= spl_num(b) ELSE a <= b END;
"""

ARROW_TYPES = {
    "VARCHAR": pa.string(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(),
    "VARCHAR[]": pa.list_(pa.string()), "BIGINT": pa.int64(),
}

# From so many rows on a second thread saves more than it costs.
MANY_ROWS = 50_000
# Databases kept; as many searches at once find one that is ready.
KEPT = 4

_free: list[Database] = []
_lock = threading.Lock()


class Database:
    """One database of one search at a time; `connect` gives that search its connection."""

    def __init__(self) -> None:
        self._root = duckdb.connect(config={"threads": 1})
        self._root.execute(MACROS)
        self._functions: set[str] = set()
        self._own: list[tuple[str, str]] = []
        self._is_wide = False

    def connect(self) -> duckdb.DuckDBPyConnection:
        connection = self._root.cursor()
        connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
        return connection

    def widen(self) -> None:
        """All cores, for a search that has many rows."""
        if not self._is_wide:
            self._root.execute(f"SET threads = {os.cpu_count() or 1}")
            self._is_wide = True

    def narrow(self) -> None:
        """One thread: handing few rows round costs more than it saves."""
        if self._is_wide:
            self._root.execute("SET threads = 1")
            self._is_wide = False

    def function(self, name: str, body: Callable[..., Any], parameters: Sequence[str],
                 result: str, own: bool, strict: bool = False) -> None:
        """Makes a row-wise Python function callable from SQL; NULLs reach it as None, unless it is
        `strict`: then rows with a NULL give NULL.

        A name stands for one body for good, unless it is the search's `own`, which ends with it.
        """
        if name in self._functions:
            return
        arrow_type = ARROW_TYPES[result]

        def vectorised(*arrays: pa.ChunkedArray) -> pa.Array:
            rows = zip(*(array.to_pylist() for array in arrays))
            return pa.array([body(*row) for row in rows], arrow_type)

        def where_known(*arrays: pa.ChunkedArray) -> pa.Array:
            if not any(array.null_count for array in arrays):
                return vectorised(*arrays)
            known = reduce(pc.and_, map(pc.is_valid, arrays))
            found = vectorised(*(array.filter(known) for array in arrays))
            places = np.cumsum(np.asarray(known)) - 1
            return found.take(pa.array(places, mask=~np.asarray(known)))

        called = where_known if strict else vectorised
        # DuckDB counts the parameters of the signature, where *arrays is one.
        called.__signature__ = inspect.Signature([
            inspect.Parameter(f"a{position}", inspect.Parameter.POSITIONAL_ONLY)
            for position in range(len(parameters))])
        bare = f"{name}_bare" if result == "VARCHAR" else name
        self._root.create_function(
            bare, called, list(parameters), result, type="arrow", null_handling="special",
        )
        if bare != name:
            # DuckDB 1.4 frees the text while coalesce() still refers to it: copy it at once.
            names = ", ".join(f"a{position}" for position in range(len(parameters)))
            self._root.execute(f"CREATE MACRO {name}({names}) AS {bare}({names}) || ''")
        if own:
            self._own.append((name, bare))
        else:
            self._functions.add(name)

    def give_back(self) -> None:
        """For the next search, which finds none of this one's rows; its connection is closed."""
        self.narrow()
        while self._own:
            name, bare = self._own.pop()
            if bare != name:
                self._root.execute(f"DROP MACRO {name}")
            self._root.remove_function(bare)
        with _lock:
            if len(_free) < KEPT:
                _free.append(self)
                return
        self.close()

    def close(self) -> None:
        self._root.close()


def take() -> Database:
    """A database that no other search uses."""
    with _lock:
        if _free:
            return _free.pop()
    return Database()


def accepts(sql: str, value: str) -> bool:
    """Whether DuckDB takes a statement with that one parameter."""
    database = take()
    connection = database.connect()
    try:
        connection.execute(sql, [value])
    except duckdb.Error:
        return False
    finally:
        connection.close()
        database.give_back()
    return True


@atexit.register
def _close() -> None:
    """Before the interpreter takes the functions away that the databases refer to."""
    while _free:
        _free.pop().close()
