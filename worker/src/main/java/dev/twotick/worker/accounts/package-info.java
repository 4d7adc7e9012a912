/// Gives an account to another business, with the people who have talked with it: `worker --account … --business
/// …`.
///
/// Begin with [dev.twotick.worker.accounts.AccountMove]. Accounts that a batch names are `batch`'s.
@NullMarked
package dev.twotick.worker.accounts;

import org.jspecify.annotations.NullMarked;
