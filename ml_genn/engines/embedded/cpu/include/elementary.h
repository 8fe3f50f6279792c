// Elementary functions where random numbers need them, as arithmetic: loops that draw then vectorise, which a call of
// C's library would prevent. The polynomials were fitted by us to the least relative error in the range that is left.

static inline float gen_float_of_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

// log(x) within 2 units in the last place, for 2^-126 <= x <= 1: x = 2^e (1 + f), 1 + f from sqrt(1/2) to sqrt(2), and
// log(1 + f) = f - f^2 / 2 + f^3 P(f)
static inline float gen_log_of_unit_float(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    const int32_t e = (int32_t)(bits - 0x3F3504F3u) >> 23;
    const float f = gen_float_of_bits(bits - ((uint32_t)e << 23)) - 1.0f, two = (float)e, f2 = f * f;
    const float p = 0.3333333134651184f
        + f * (-0.250008225440979f
        + f * (0.20001226663589478f
        + f * (-0.16623355448246002f
        + f * (0.14201770722866058f
        + f * (-0.1316021829843521f
        + f * (0.12761501967906952f
        + f * -0.0763431042432785f))))));
    // log(2) in two parts, of which the first times e is exact
    return two * 0.693145751953125f + (f + (f2 * f * p + (two * 1.42860677e-06f - 0.5f * f2)));
}
static inline double gen_log_of_unit_double(double x) { return log(x); }

// cos(x) within 2 units in the last place, 14 beside its zeros, for 0 <= x <= 2 pi: x = k pi/2 + r, and
// sin(r) = r + r^3 S(r^2), cos(r) = 1 - r^2 / 2 + r^4 C(r^2)
static inline float gen_cos_of_turn_float(float x) {
    const int32_t k = (int32_t)(x * 0.6366197723675814f + 0.5f);
    // pi/2 in three parts, of which the first two times k are exact
    const float quarters = (float)k, near = x - quarters * 1.5703125f;
    const float r = (near - quarters * 4.837512969970703125e-4f) - quarters * 7.549789948768648e-8f, r2 = r * r;
    const float s = r + r * r2 * (-0.16666655242443085f + r2 * (0.00833216030150652f + r2 * -0.00019515219901222736f));
    const float c = 1.0f - 0.5f * r2
        + r2 * r2 * (0.04166664555668831f + r2 * (-0.0013887315290048718f + r2 * 2.4433080398011953e-05f));
    const float chosen = (k & 1) != 0 ? s : c;
    return ((k + 1) & 2) != 0 ? -chosen : chosen;
}
static inline double gen_cos_of_turn_double(double x) { return cos(x); }
