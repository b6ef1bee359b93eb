namespace Remanso.WriteBehind;

/// <summary>What a write may have to wait for: room in the tier, a replica, a log, the store.</summary>
internal sealed record WriteWaits(StoredWaiters Stored, DurabilityLevels Levels, ReceiptWaits Receipts, RoomPolicy Room);
