/*
 * Decimal text to double and back, independent of locale and exact in both directions.
 *
 * Reading: correctly rounded. The common case (at most 19 digits, small exponent) is one exact
 * multiplication or division of two exactly representable doubles (Clinger, PLDI 1990); the rest
 * goes to strtod. Writing: the shortest digits that read back to the same double and, among those,
 * the closest (Giulietti's Schubfach, 2020), laid out like JavaScript's Number.toString: plain
 * between 1e-6 and 1e21, else "1.5e-7".
 */
#ifndef ML_BASE_NUMBER_H
#define ML_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

enum { ML_NUMBER_BYTES = 32 }; /* enough for any formatted double and its NUL */

enum ml_number_status {
    ML_NUMBER_OK,
    ML_NUMBER_SYNTAX, /* not [+-]digits[.digits][e[+-]digits]; hexadecimal, inf and nan included */
    ML_NUMBER_RANGE,  /* would be infinite */
};

/*
 * Parses all n bytes of s (no surrounding blanks). ".5" and "5." are numbers, "." is not. What is
 * too small becomes zero or denormal. *out changes only on ML_NUMBER_OK and is then finite.
 */
enum ml_number_status ml_number_parse(const char *s, size_t n, double *out);

/* Writes x and a NUL to `to` (ML_NUMBER_BYTES long), returns the length. x must be finite. */
size_t ml_number_format(char *to, double x);

/* The same in Amazon ML's form: one digit, up to six decimals, exponent: "9.96733E-1". */
size_t ml_number_format_amazonml(char *to, double x);

/*
 * The digits and exponent behind ml_number_format, x = digits * 10^exponent, for x > 0 and finite.
 * No trailing zeros in digits.
 */
void ml_number_shortest(double x, unsigned long long *digits, int *exponent);

#endif
