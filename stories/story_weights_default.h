/* By hand, 2026-11-23, after the prototype's learned weights; learned on nothing yet. */
.join =
    {
        [PAIR_ALL] = 8.0,      [PAIR_TITLE] = 2.7,   [PAIR_BODY] = 2.0,
        [PAIR_ENTITIES] = 1.0, [PAIR_RARE] = 1.5,    [PAIR_GAP] = -1.0,
        [PAIR_NO_TIME] = -0.7, [PAIR_SOURCE] = -0.5, [PAIR_CONST] = -5.0,
},
    .merge = {
        [PAIR_ALL] = 8.0,      [PAIR_TITLE] = 2.7, [PAIR_BODY] = 2.0,
        [PAIR_ENTITIES] = 1.0, [PAIR_RARE] = 1.0,  [PAIR_GAP] = -1.0,
        [PAIR_NO_TIME] = -0.7, [PAIR_SIZE] = -0.8, [PAIR_CONST] = -6.0,
},
