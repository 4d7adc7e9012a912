/// Campaigns: which messages and recipients each is made of, and how many of them were sent, delivered, read or
/// failed.
///
/// [dev.twotick.worker.campaigns.Campaigns] follows what a batch moves, [dev.twotick.worker.campaigns.CampaignFill]
/// what a file names (`worker --campaign`, [dev.twotick.worker.campaigns.CampaignRun]). Both mark a campaign that
/// moved in `campaign_dirty`; [dev.twotick.worker.campaigns.CampaignTotals] counts it, for the upkeep job
/// `campaign-counts`, and completes it once.
@NullMarked
package dev.twotick.worker.campaigns;

import org.jspecify.annotations.NullMarked;
