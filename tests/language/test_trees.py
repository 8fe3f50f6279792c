"""What statements are lowered to, as text in which every conversion and grouping is written out."""

from __future__ import annotations

import pytest

from .model import DOUBLES, program, text

STATEMENTS = [
    ("", ""),
    (" // nothing\n/* at * all */ ;", ""),
    ("{ ; { } }", ""),
    ("V = Vreset;", "V = Vreset;"),
    ("V\r\n= Vreset /* here */ ; // there", "V = Vreset;"),
    ("V;", "V;"),
    ("V = w[n];", "V = w[n];"),
    ("*w = V;", "w[0] = V;"),
    ("addToPost(V);", "addToPost(V);"),
    ("addToPostDelay(n, n);", "addToPostDelay((float)n, (uint32_t)n);"),
    ("addSynapse(n); addSynapse(n, 2);", "addSynapse((uint32_t)n);\naddSynapse((uint32_t)n, 2.0f);"),
    ("fill(w, k);", "fill(w, (int32_t)k);"),
    # assignments
    ("V += n;", "V = V + (float)n;"),
    ("n += V;", "n = (int32_t)((float)n + V);"),
    ("n -= 2; n *= 2; n /= 2; n %= 2;", "n = n - 2;\nn = n * 2;\nn = n / 2;\nn = n % 2;"),
    ("u <<= 2; u >>= k;", "u = u << 2;\nu = u >> (int32_t)k;"),
    ("u &= 1; u |= 1; u ^= 1;", "u = u & 1u;\nu = u | 1u;\nu = u ^ 1u;"),
    ("k += 1;", "k = (uint8_t)((int32_t)k + 1);"),
    ("b += 1;", "b = (bool)((int32_t)b + 1);"),
    ("V = n = k;", "V = (float)(n = (int32_t)k);"),
    ("w[n] *= 2;", "w[n] = w[n] * 2.0f;"),
    # steps: a value nobody uses is the new one, so that x++ needs no old one
    ("n++;", "n = n + 1;"),
    ("--V;", "V = V - 1.0f;"),
    ("V = n++;", "V = (float)(n++);"),
    ("V = n--;", "V = (float)(n--);"),
    ("n = ++k;", "n = (int32_t)(k = (uint8_t)((int32_t)k + 1));"),
    ("w[n++] = V;", "w[n++] = V;"),
    # declarations
    ("scalar a; int i = 2.5;", "float a;\nint32_t i = 2;"),
    ("const scalar a = 2, b = a;", "float a = 2.0f;\nfloat b_2 = a;"),
    ("unsigned long long int x = 1; char const y = 2;", "uint64_t x = 1ul;\nint8_t y = (int8_t)2;"),
    ("timepoint a = 1; bool f = V;", "float a = 1.0f;\nbool f = (bool)V;"),
    ("scalar V = 1;", "float V_2 = 1.0f;"),
    (
        "scalar a; { scalar a = 1; a = 2; } { scalar a; } a = 3;",
        "float a;\n{\n    float a_2 = 1.0f;\n    a_2 = 2.0f;\n}\n{\n    float a_3;\n}\na = 3.0f;",
    ),
    ("scalar a_2, a; { scalar a; }", "float a_2;\nfloat a;\n{\n    float a_3;\n}"),
    # branches
    ("if (V >= 1) V = Vreset;", "if (V >= 1.0f) {\n    V = Vreset;\n}"),
    ("if (n) ; else { n = 0; }", "if ((bool)n) {\n}\nelse {\n    n = 0;\n}"),
    (
        "if (b) n = 1; else if (V) n = 2; else n = 3;",
        "if (b) {\n    n = 1;\n}\nelse {\n    if ((bool)V) {\n        n = 2;\n    }\n"
        "    else {\n        n = 3;\n    }\n}",
    ),
    (
        "if (b) if (n) n = 1; else n = 2;",
        "if (b) {\n    if ((bool)n) {\n        n = 1;\n    }\n    else {\n        n = 2;\n    }\n}",
    ),
    # loops
    ("while (n) n--;", "while ((bool)n) {\n    n = n - 1;\n}"),
    ("do { n--; } while (n > 0);", "do {\n    n = n - 1;\n} while (n > 0);"),
    ("for (;;) { break; }", "while (true) {\n    break;\n}"),
    ("for (n = 0; n < 3; n++) continue;", "{\n    n = 0;\n    for (; n < 3; n = n + 1) {\n        continue;\n    }\n}"),
    (
        "for (int i = 0, j = 9; i < j; i++, j -= 2) V += i;",
        "{\n    int32_t i = 0;\n    int32_t j = 9;\n    for (; i < j; i = i + 1, j = j - 2) {\n"
        "        V = V + (float)i;\n    }\n}",
    ),
    ("for (n = 0, u = 1; b;) { }", "{\n    n = 0;\n    u = 1u;\n    while (b) {\n    }\n}"),
    ("for (; b; addToPost(V)) ;", "for (; b; addToPost(V)) {\n}"),
    # switch: sections fall through, and `break` leaves the loop of one round
    ("switch (k) { }", "{\n    int32_t chosen = (int32_t)k;\n    bool found;\n    do {\n    } while (false);\n}"),
    (
        "scalar found; switch (u) { case 1: case 1 + 1: n = 1; break; default: n = 2; }",
        "float found;\n{\n    uint32_t chosen = u;\n    bool found_2;\n    do {\n"
        "        if (chosen == 1u) {\n            found_2 = true;\n        }\n"
        "        if (chosen == (uint32_t)(1 + 1)) {\n            found_2 = true;\n        }\n"
        "        if (found_2) {\n            n = 1;\n            break;\n        }\n"
        "        {\n            n = 2;\n        }\n    } while (false);\n}",
    ),
    (
        "switch (n) { case -1: while (b) { continue; } }",
        "{\n    int32_t chosen = n;\n    bool found;\n    do {\n"
        "        if (chosen == (-1)) {\n            found = true;\n        }\n"
        "        if (found) {\n            while (b) {\n                continue;\n            }\n        }\n"
        "    } while (false);\n}",
    ),
]

EXPRESSIONS = [
    # precedence and grouping
    ("V + Vreset * V - V", "(V + (Vreset * V)) - V"),
    ("n - n - n", "(n - n) - n"),
    ("n / n * n % n", "((n / n) * n) % n"),
    ("n << n + n", "n << (n + n)"),
    ("n < n == n > n", "(int32_t)(n < n) == (int32_t)(n > n)"),
    ("n & n ^ n | n", "((n & n) ^ n) | n"),
    ("n & n == n", "n & (int32_t)(n == n)"),
    ("b || b && b", "b || (b && b)"),
    ("b ? n : b ? n : n", "b ? n : (b ? n : n)"),
    ("b ? b ? n : n : n", "b ? (b ? n : n) : n"),
    ("n = u = 3", "n = (int32_t)(u = 3u)"),
    ("-n * ~n", "(-n) * (~n)"),
    ("- -n", "-(-n)"),
    ("-n++", "-(n++)"),
    ("!b", "!b"),
    ("!V", "!(bool)V"),
    ("+k", "(int32_t)k"),
    ("-k", "-(int32_t)k"),
    ("-w[n]", "-w[n]"),
    ("(int)V * n", "(int32_t)V * n"),
    ("(float)(n + n)", "(float)(n + n)"),
    ("(const unsigned int)-1", "(uint32_t)(-1)"),
    ("((n))", "n"),
    ("*w + w[1]", "w[0] + w[1]"),
    ("table[k]", "table[(int32_t)k]"),
    ("table[q]", "table[q]"),
    # conversions of operands
    ("V + 1", "V + 1.0f"),
    ("V + 0.1", "V + 0.1f"),
    ("V + 0.1d", "(double)V + 0.1d"),
    ("V + d", "(double)V + d"),
    ("k + k", "(int32_t)k + (int32_t)k"),
    ("c + u", "(uint32_t)c + u"),
    ("n + u", "(uint32_t)n + u"),
    ("u + l", "(int64_t)u + l"),
    ("l + q", "(uint64_t)l + q"),
    ("b + b", "(int32_t)b + (int32_t)b"),
    ("n < u", "(uint32_t)n < u"),
    ("V && n", "(bool)V && (bool)n"),
    ("k << l", "(int32_t)k << l"),
    ("l >> k", "l >> (int32_t)k"),
    ("b ? k : u", "b ? (uint32_t)k : u"),
    ("V ? n : V", "(bool)V ? (float)n : V"),
    ("true ? 1 : 2.5", "true ? 1.0f : 2.5f"),
    # conversions of numbers happen at once, unless they would no longer be plain numbers
    ("(uint8_t)300", "(uint8_t)44"),
    ("(int)3.9", "3"),
    ("(int)-3.9", "(int32_t)(-3.9f)"),
    ("(int8_t)200", "(int8_t)200"),
    ("(float)1e300d", "(float)1e+300d"),
    ("(bool)0.5", "true"),
    ("(double)0.1", "0.10000000149011612d"),
    # functions
    ("exp(V)", "exp(V)"),
    ("exp(d)", "exp(d)"),
    ("exp(n)", "exp((float)n)"),
    ("exp(2)", "exp(2.0f)"),
    ("pow(V, 2)", "pow(V, 2.0f)"),
    ("pow(V, d)", "pow((double)V, d)"),
    ("pow(n, 2)", "pow((float)n, 2.0f)"),
    ("fma(V, V, d)", "fma((double)V, (double)V, d)"),
    ("ldexp(d, k)", "ldexp(d, (int32_t)k)"),
    ("isnan(V) || isinf(d)", "isnan(V) || isinf(d)"),
    ("min(n, 3)", "min(n, 3)"),
    ("min(n, u)", "min((uint32_t)n, u)"),
    ("max(k, V)", "max((float)k, V)"),
    ("max(k, k)", "max((int32_t)k, (int32_t)k)"),
    ("abs(c)", "abs((int32_t)c)"),
    ("abs(V)", "abs(V)"),
    ("gennrand_uniform() + V", "gennrand_uniform() + V"),
    ("gennrand() % 3", "gennrand() % 3u"),
    ("gennrand_binomial(n, 1)", "gennrand_binomial((uint32_t)n, 1.0f)"),
]


@pytest.mark.parametrize(("code", "expected"), STATEMENTS)
def test_statements(code: str, expected: str) -> None:
    assert text(code) == expected


@pytest.mark.parametrize(("code", "expected"), EXPRESSIONS)
def test_expressions(code: str, expected: str) -> None:
    assert text(f"{code};") == f"{expected};"


@pytest.mark.parametrize("code", [code for code, _ in STATEMENTS])
def test_text_compiles_to_itself(code: str) -> None:
    assert text(text(code)) == text(code)


def test_precision_is_what_scalar_means() -> None:
    assert text("scalar a = 0.1; timepoint e = exp(1);", DOUBLES) == "double a = 0.1d;\ndouble e = exp(1.0d);"


def test_empty_code_is_an_empty_program() -> None:
    empty = program("")
    assert (empty.body.statements, empty.reads, empty.writes, empty.calls) == ((), set(), set(), set())


def test_source_and_place_are_kept() -> None:
    kept = program("V = 1;")
    assert (kept.source, kept.where) == ("V = 1;", "hidden.sim_code")
