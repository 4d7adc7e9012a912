package dev.twotick.db;

/// How the statements of a transaction are planned of which each is a lookup or a write for every row of an array.
public final class StandingPlan {
    // Such a plan is made once for a connection: planning one anew costs more than a few rows take, and each check of a
    // foreign key would be planned anew too. A plan that was made while a table was empty must not read it whole ever
    // after, so none may read a table whole that has an index. To PostgreSQL that seems to cost a lot where there is
    // none, which is no reason to compile. For the transaction alone, so that it holds behind a pooler too.
    /// To be selected before them, in the same trip.
    public static final String SETTINGS = "set_config('plan_cache_mode', 'force_generic_plan', true),"
            + " set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)";

    private StandingPlan() {}
}
