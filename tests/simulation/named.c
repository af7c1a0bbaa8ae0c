#include "simulation/named.h"

void named_list(void)
{
}
int named_run_all(void)
{
    return 0;
}
int named_run_some(char **names, int count)
{
    (void)names;
    (void)count;
    return 0;
}
