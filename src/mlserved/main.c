#include "serve/program.h"

int main(int argc, char **argv)
{
    return ml_serve_main("mlserved", argc, argv);
}
