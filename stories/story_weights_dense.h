/* Where both sides have sentence vectors. Learned 2026-11-27 on the eight sets of docs/quality.md
 * (all-MiniLM-L6-v2; logistic regression over candidates of join, each set counting the same, uci_6366 half);
 * size and the constant of merge by hand. bench/quality of the day: docs/embeddings.md. */
.join_dense = {[PAIR_ALL] = 4.61,  [PAIR_TITLE] = 2.39, [PAIR_BODY] = 2.21,     [PAIR_ENTITIES] = 0.17,
               [PAIR_RARE] = 0.48, [PAIR_GAP] = -1.11,  [PAIR_NO_TIME] = -1.64, [PAIR_SOURCE] = -1.35,
               [PAIR_SERIES] = -8, [PAIR_DENSE] = 5.09, [PAIR_CONST] = -5.30},
    .merge_dense = {[PAIR_ALL] = 4.61,  [PAIR_TITLE] = 2.39, [PAIR_BODY] = 2.21,     [PAIR_ENTITIES] = 0.17,
                    [PAIR_RARE] = 0.48, [PAIR_GAP] = -1.11,  [PAIR_NO_TIME] = -1.64, [PAIR_SIZE] = -1.10,
                    [PAIR_SERIES] = -8, [PAIR_DENSE] = 5.09, [PAIR_CONST] = -5.00},
