#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/number.h"
#include "cli/cli.h"
#include "ml/model.h"

struct arguments {
    const char *models;
    const char *name;
    bool json;
    bool remove;
};

#define OPTIONS(a)                                                                                 \
    {                                                                                              \
        {"models", CLI_STRING, &(a)->models, "DIR", "the registry"},                               \
            {"json", CLI_FLAG, &(a)->json, NULL, "list: print JSON"},                              \
            {"remove", CLI_FLAG, &(a)->remove, NULL, "alias: take the alias away"},                \
            {"name", CLI_STRING, &(a)->name, "NAME", "import: under this name"}, {0},              \
    }

static void print_options(FILE *to)
{
    struct arguments a = {0};
    const struct cli_option options[] = OPTIONS(&a);
    cli_print_options(to, options);
}

static void print_version(const struct ml_version_info *v)
{
    char reference[96];
    snprintf(reference, sizeof(reference), "%s@%zu", v->name, v->version);
    printf("%-24s %-21s", reference, v->created);
    if (v->has_threshold) {
        char text[ML_NUMBER_BYTES];
        ml_number_format(text, v->threshold);
        printf(" threshold %s", text);
    }
    for (size_t i = 0; i < v->n_aliases; i++)
        printf(" @%s", v->aliases[i]);
    putchar('\n');
}

static void print_json(const struct ml_version_info *versions, size_t n)
{
    struct ml_strbuf buf = {0};
    ml_strbuf_addc(&buf, '[');
    for (size_t i = 0; i < n; i++) {
        const struct ml_version_info *v = &versions[i];
        ml_json_add_comma(&buf);
        ml_strbuf_addc(&buf, '{');
        ml_json_key_string(&buf, "name", v->name);
        ml_json_key_count(&buf, "version", v->version);
        ml_json_key_string(&buf, "created", v->created);
        if (v->has_threshold)
            ml_json_key_number(&buf, "threshold", v->threshold);
        ml_json_add_key(&buf, "aliases");
        ml_strbuf_addc(&buf, '[');
        for (size_t k = 0; k < v->n_aliases; k++) {
            ml_json_add_comma(&buf);
            ml_json_adds(&buf, v->aliases[k]);
        }
        ml_strbuf_adds(&buf, "]}");
    }
    ml_strbuf_adds(&buf, "]\n");
    fputs(buf.bytes, stdout);
    ml_strbuf_release(&buf);
}

static bool list(const struct arguments *a, struct ml_registry *r, const char **operands,
                 struct ml_error *err)
{
    struct ml_version_info *versions;
    size_t n;
    if (!ml_registry_list(r, operands[0], &versions, &n, err))
        return false;
    if (a->json)
        print_json(versions, n);
    else
        for (size_t i = 0; i < n; i++)
            print_version(&versions[i]);
    if (n == 0 && !a->json)
        fprintf(stderr, "mlctl: no models in '%s'\n", ml_registry_root(r));
    ml_registry_list_free(versions, n);
    return true;
}

static bool show(const struct arguments *a, struct ml_registry *r, const char **operands,
                 struct ml_error *err)
{
    (void)a;
    struct ml_model *model;
    if (!ml_registry_load(&model, r, operands[0], err))
        return false;
    size_t n;
    const char *json = ml_model_json(model, &n);
    fwrite(json, 1, n, stdout);
    ml_model_free(model);
    return true;
}

static bool alias(const struct arguments *a, struct ml_registry *r, const char **operands,
                  struct ml_error *err)
{
    if (a->remove)
        return ml_registry_remove_alias(r, operands[0], operands[1], err);
    return ml_registry_set_alias(r, operands[0], operands[1], err);
}

static bool delete_version(const struct arguments *a, struct ml_registry *r, const char **operands,
                           struct ml_error *err)
{
    (void)a;
    return ml_registry_delete(r, operands[0], err);
}

static bool export(const struct arguments *a, struct ml_registry *r, const char **operands,
                   struct ml_error *err)
{
    (void)a;
    struct ml_version_info v;
    if (!ml_registry_resolve(r, operands[0], &v, err))
        return false;
    bool ok = ml_registry_export(r, operands[0], operands[1], err);
    if (ok && v.has_threshold)
        fprintf(stderr, "mlctl: the saved threshold of %s@%zu is not part of the file\n", v.name,
                v.version);
    ml_version_info_release(&v);
    return ok;
}

static bool import(const struct arguments *a, struct ml_registry *r, const char **operands,
                   struct ml_error *err)
{
    char name[65];
    size_t version;
    if (!ml_registry_import(r, operands[0], a->name, &version, name, err))
        return false;
    printf("%s@%zu\n", name, version);
    return true;
}

static const struct {
    const char *name;
    size_t min_operands;
    size_t max_operands;
    bool (*run)(const struct arguments *a, struct ml_registry *r, const char **operands,
                struct ml_error *err);
} actions[] = {
    {"list", 0, 1, list},     {"show", 1, 1, show},
    {"alias", 2, 2, alias},   {"delete", 1, 1, delete_version},
    {"export", 2, 2, export}, {"import", 1, 1, import},
};

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct arguments a = {0};
    const struct cli_option options[] = OPTIONS(&a);
    const char *operands[4] = {"list", NULL, NULL, NULL};
    size_t n;
    enum cli_status status = cli_parse(self, options, argc, argv, operands, 3, &n);
    if (status != CLI_DONE)
        return status;
    size_t n_operands = n > 0 ? n - 1 : 0;
    size_t i = 0;
    size_t n_actions = sizeof(actions) / sizeof(actions[0]);
    while (i < n_actions && strcmp(actions[i].name, operands[0]) != 0)
        i++;
    if (i == n_actions)
        return cli_usage(self, "unknown action '%s'", operands[0]);
    if (n_operands < actions[i].min_operands || n_operands > actions[i].max_operands)
        return cli_usage(self, "wrong number of operands for '%s'", actions[i].name);
    struct ml_error err;
    struct ml_registry *registry;
    if (!ml_registry_open(&registry, a.models, &err))
        return cli_fail(&err);
    bool ok = actions[i].run(&a, registry, operands + 1, &err);
    ml_registry_close(registry);
    return ok ? CLI_DONE : cli_fail(&err);
}

const struct cli_command cli_models = {
    .name = "models",
    .usage = "list [NAME] | show MODEL | alias MODEL ALIAS | delete MODEL | export MODEL FILE | "
             "import FILE",
    .summary = "list, show, alias, delete, export and import models",
    .details = "delete needs a version ('banking@3') that no alias points to. export writes one\n"
               "file with the version's files and digests; import checks them and adds a version.\n"
               "'alias banking champion --remove' takes an alias away.\n",
    .run = run,
    .options = print_options,
};
