using Remanso.Entries;
using Remanso.ReadThrough;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

// A conditional write of the dead letter's key: it happens only while the key still has the version that was refused,
// so whoever wrote meanwhile wins.

/// <summary>Puts a corrected value in the place of one that the store refused.</summary>
internal sealed class DeadLetterEditor(ICacheTier tier, CacheReader reader, CacheWriter writer)
{
    /// <param name="key">The key.</param>
    /// <param name="options">How, by the editor's wish; a condition may name the version that was looked at.</param>
    /// <param name="prepare">Checks and encodes the corrected value.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The receipt; null where the key is no dead letter, or no longer.</returns>
    /// <exception cref="VersionConflictException">The dead letter does not meet the editor's condition.</exception>
    public async ValueTask<WriteReceipt?> EditAsync(
        string key,
        WriteOptions? options,
        Func<WriteOptions, PreparedWrite> prepare,
        CancellationToken cancellationToken
    )
    {
        CacheKey.Validate(key);
        var asked = options ?? new WriteOptions();
        var read = await tier.ReadAsync(key, holder: 0, cancellationToken).ConfigureAwait(false);
        if (read.Entry is null && (await tier.EstimateDirtyAsync(cancellationToken).ConfigureAwait(false)).DeadLetters > 0)
        {
            // One that has returned and whose lifetime is over is shown to nobody before it is compared with its row.
            await reader.EnsureResidentAsync(key, plan: null, anew: false, cancellationToken).ConfigureAwait(false);
            read = await tier.ReadAsync(key, holder: 0, cancellationToken).ConfigureAwait(false);
        }

        if (read.Entry is not { IsDeadLetter: true } letter)
        {
            return null;
        }

        // A refused delete, or one whose lifetime is over, is absent for readers. The editor has seen its version.
        if (!asked.Condition.IsMetBy(!letter.IsTombstone || asked.Condition.Kind == WriteConditionKind.Version, letter.Version))
        {
            throw new VersionConflictException(key, asked.Condition, letter.Version);
        }

        var prepared = prepare(
            asked with
            {
                Condition = letter.IsTombstone ? WriteCondition.Absent : WriteCondition.IsVersion(letter.Version),
            }
        );
        var write = prepared.Write with
        {
            ContentType = asked.ContentType ?? letter.ContentType ?? prepared.Write.ContentType,
            Tags = prepared.Write.Tags ?? letter.Tags,
            ExpiresAt = asked.Lifetime is null ? letter.ExpiresAt : prepared.Write.ExpiresAt,
        };
        try
        {
            return await writer.WriteAsync(prepared with { Write = write }, cancellationToken).ConfigureAwait(false);
        }
        catch (VersionConflictException)
        {
            return null;
        }
    }
}
