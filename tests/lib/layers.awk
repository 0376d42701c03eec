# usage: awk -f layers.awk src/*/*.[ch]
# Fails on an include that points to a higher layer or to a sibling; the order is src/README.md's.
BEGIN {
    n = split("base data,eval recipe,learn,insight model registry amazonml protocol serve cli,mlserved", order, " ")
    for (i = 1; i <= n; i++) {
        m = split(order[i], folder, ",")
        for (j = 1; j <= m; j++)
            rank[folder[j]] = i
    }
}
/^#include "/ {
    split(FILENAME, path, "/")
    split($2, target, /["\/]/)
    from = path[2]
    to = target[2]
    if (to != "ml" && to != from && (!(to in rank) || rank[to] >= rank[from])) {
        print FILENAME ":" FNR ": " from " must not include " to
        bad = 1
    }
}
END { exit bad }
