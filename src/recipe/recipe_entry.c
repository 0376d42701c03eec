/* Groups and assignments as a whole: their names, and the order in which they need one another. */
#include <string.h>

#include "base/alloc.h"
#include "recipe/recipe_eval.h"

enum { SHOWN_BYTES = 200, CYCLE_BYTES = 600 };

static size_t count_characters(const char *s)
{
    size_t n = 0;
    for (; *s != '\0'; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool check_name(const struct ml_eval *eval, const char *name, const char *place)
{
    size_t n = strlen(name);
    if (!is_letter(name[0]) || count_characters(name) > ML_MAX_ENTRY_NAME)
        return ml_fail(eval->err, ML_EINPUT,
                       "%s: a name must start with a letter and have 1 to %d characters", place,
                       (int)ML_MAX_ENTRY_NAME);
    if (ml_eval_is_reserved(name, n))
        return ml_fail(eval->err, ML_EINPUT, "%s: the name is reserved", place);
    if (ml_dict_find(&eval->columns, name, n) != ML_DICT_NONE)
        return ml_fail(eval->err, ML_EINPUT, "%s: a column has that name already", place);
    uint32_t other = ml_dict_find(&eval->names, name, n);
    if (other != ML_DICT_NONE)
        return ml_fail(eval->err, ML_EINPUT, "%s: %s has that name already", place,
                       eval->entries[other].is_group ? "a group" : "an assignment");
    return true;
}

bool ml_eval_declare(struct ml_eval *eval, bool is_group, const char *name, const char *text,
                     const char *place)
{
    struct ml_entry entry = {.is_group = is_group, .height = 1};
    if (!check_name(eval, name, place) ||
        !ml_expr_parse(&entry.expr, &eval->arena, text, place, eval->err))
        return false;
    entry.place = entry.expr->place;
    size_t i = ml_dict_add(&eval->names, name, strlen(name));
    eval->entries = ml_grow(eval->entries, i, &eval->entries_capacity, sizeof(*eval->entries));
    eval->entries[i] = entry;
    return true;
}

static void add_name(const struct ml_eval *eval, struct ml_strbuf *buf, size_t entry)
{
    char shown[SHOWN_BYTES];
    size_t n;
    const char *name = ml_dict_get(&eval->names, (uint32_t)entry, &n);
    ml_strbuf_adds(buf, ml_quote(shown, sizeof(shown), name, n));
}

/* The entry is open already: "recipe.json: assignments['a']: cycle: a -> b -> a". */
static bool fail_cycle(const struct ml_eval *eval, size_t entry)
{
    struct ml_strbuf chain = {0};
    size_t i = 0;
    while (eval->open[i] != entry)
        i++;
    for (; i < eval->n_open; i++) {
        add_name(eval, &chain, eval->open[i]);
        ml_strbuf_adds(&chain, " -> ");
    }
    add_name(eval, &chain, entry);
    char shown[CYCLE_BYTES];
    ml_fail(eval->err, ML_EINPUT, "%s: cycle: %s", eval->entries[entry].place,
            ml_quote(shown, sizeof(shown), chain.bytes, chain.length));
    ml_strbuf_release(&chain);
    return false;
}

static bool fail_chain(const struct ml_eval *eval, size_t entry)
{
    return ml_fail(eval->err, ML_ELIMIT,
                   "%s: groups and assignments that refer to one another are nested more than "
                   "%d deep",
                   eval->entries[entry].place, (int)ML_MAX_RECIPE_CHAIN);
}

static bool evaluate(struct ml_eval *eval, size_t i)
{
    const struct ml_expr *expr = eval->entries[i].expr;
    struct ml_value value;
    if (eval->n_open == ML_MAX_RECIPE_CHAIN)
        return fail_chain(eval, i);
    eval->entries[i].state = ML_ENTRY_OPEN;
    eval->open[eval->n_open++] = i;
    if (!(eval->entries[i].is_group ? ml_eval_group(eval, &value, expr)
                                    : ml_eval_expr(eval, &value, expr)))
        return false;
    eval->n_open--;
    eval->entries[i].state = ML_ENTRY_DONE;
    eval->entries[i].value = value;
    return true;
}

bool ml_eval_entry(struct ml_eval *eval, size_t i)
{
    if (eval->entries[i].state == ML_ENTRY_OPEN)
        return fail_cycle(eval, i);
    if (eval->entries[i].state == ML_ENTRY_NEW && !evaluate(eval, i))
        return false;
    if (eval->n_open == 0)
        return true;
    /* Heights make the limit independent of the order in which entries are evaluated. */
    struct ml_entry *user = &eval->entries[eval->open[eval->n_open - 1]];
    if (user->height <= eval->entries[i].height)
        user->height = eval->entries[i].height + 1;
    return user->height <= ML_MAX_RECIPE_CHAIN || fail_chain(eval, eval->open[eval->n_open - 1]);
}
