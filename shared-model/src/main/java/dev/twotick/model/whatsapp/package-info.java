/// Meta's words: identifiers as one-field records and the closed lists of Meta's documentation. Nothing here knows
/// Twotick.
///
/// Source of names: Meta's webhook reference,
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview>.
@NullMarked
package dev.twotick.model.whatsapp;

import org.jspecify.annotations.NullMarked;
