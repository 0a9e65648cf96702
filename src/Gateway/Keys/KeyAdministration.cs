using System.Globalization;
using Gateway.Auditing;
using Gateway.Budgets;
using Gateway.Contracts.Errors;
using Gateway.Policies;

namespace Gateway.Keys;

/// <summary>Makes, rotates and revokes managed keys. A change is in force in this process when its call returns, and in the others at once after.</summary>
/// <remarks>All calls throw a <see cref="GatewayException"/> that says what cannot be, or that the store does not answer.</remarks>
public sealed class KeyAdministration(IKeyStore store, ManagedKeys keys, KeySync sync, PolicyStore policies, AuditLog audit, TimeProvider time)
{
    /// <returns>The key as it is kept, and the key itself, which is kept nowhere.</returns>
    public async Task<(ManagedKey Kept, string Key)> CreateAsync(VirtualKey holder, KeyActor actor)
    {
        await RefreshAsync(actor);
        if (policies.Current.Keys.All.Any(key => key.Id == holder.Id))
        {
            throw new GatewayException(ErrorCode.CallerKeyConflict, $"A key of keys.yaml has the id '{holder.Id}'. Choose another one.", "id");
        }

        if (keys.Find(holder.Id) is not null)
        {
            throw Conflict(
                $"There is, or was, a key with the id '{holder.Id}'. Rotate it, or choose another id: ids are never used twice, so that reports stay clear.");
        }

        if (!holder.IsAdmin && !HasAdmin())
        {
            throw new GatewayException(
                ErrorCode.CallerInvalidField, "The first key must be an admin key, or nobody could manage keys from then on. Send \"admin\": true.", "admin");
        }

        var now = time.GetUtcNow();
        var (key, sha256) = VirtualKeyGenerator.Create();
        var kept = new ManagedKey { Holder = holder, Secrets = [new ManagedKeySecret(sha256)], CreatedAt = now, RotatedAt = now, Revision = 1 };
        await PutAsync(kept, actor);
        audit.Changed(actor.RequestId, actor.Id, "key.create", holder.Id, Describe(holder));
        return (kept, key);
    }

    /// <summary>Gives the holder a new key; the one before stays good for <paramref name="overlap"/>, and any before that ends now.</summary>
    /// <inheritdoc cref="CreateAsync"/>
    public async Task<(ManagedKey Kept, string Key)> RotateAsync(string id, TimeSpan overlap, KeyActor actor)
    {
        await RefreshAsync(actor);
        var last = Find(id);
        if (last.RevokedAt is not null)
        {
            throw Conflict($"The key '{id}' is revoked, and that is for good. Create another one.");
        }

        var now = time.GetUtcNow();
        if (now >= last.Holder.Expires)
        {
            throw Conflict($"The key '{id}' expired at {last.Holder.Expires:u}, and so would a new secret of it have. Create another one.");
        }

        var (key, sha256) = VirtualKeyGenerator.Create();
        var kept = last with
        {
            Secrets = overlap > TimeSpan.Zero
                ? [new ManagedKeySecret(sha256), last.Secrets[0] with { GoodUntil = now + overlap }]
                : [new ManagedKeySecret(sha256)],
            RotatedAt = now,
            Revision = last.Revision + 1,
        };
        await PutAsync(kept, actor);
        audit.Changed(actor.RequestId, actor.Id, "key.rotate", id, string.Create(CultureInfo.InvariantCulture, $"overlap={overlap.TotalSeconds}s"));
        return (kept, key);
    }

    /// <summary>
    /// Has all secrets of the key refused from now on. To revoke it once more changes nothing. The last admin key stays: without it nobody could manage keys.
    /// </summary>
    public async Task<ManagedKey> RevokeAsync(string id, KeyActor actor)
    {
        await RefreshAsync(actor);
        var last = Find(id);
        if (last.RevokedAt is not null)
        {
            return last;
        }

        if (last.Holder.IsAdmin && last.Holder.IsActive(time.GetUtcNow()) && !HasAdmin(except: id))
        {
            throw Conflict($"'{id}' is the last admin key: without it nobody could manage keys. Create another admin key first.");
        }

        var kept = last with { RevokedAt = time.GetUtcNow(), Revision = last.Revision + 1 };
        await PutAsync(kept, actor);
        audit.Changed(actor.RequestId, actor.Id, "key.revoke", id);
        return kept;
    }

    private ManagedKey Find(string id) => keys.Find(id) ?? throw (policies.Current.Keys.All.Any(key => key.Id == id)
        ? Conflict("This key stands in keys.yaml. Change it there: every gateway follows the file.")
        : new GatewayException(ErrorCode.CallerKeyNotFound, "No managed key has this id. GET /admin/keys lists them.", "id"));

    private bool HasAdmin(string? except = null)
    {
        var now = time.GetUtcNow();
        return policies.Current.Keys.All.Concat(keys.Current.All).Any(key => key.IsAdmin && key.IsActive(now) && key.Id != except);
    }

    /// <summary>A change builds on what the store has now.</summary>
    private Task RefreshAsync(KeyActor actor) => GuardAsync(() => sync.ReadAsync(actor.Cancelled));

    private Task PutAsync(ManagedKey key, KeyActor actor) => GuardAsync(async () =>
    {
        // Not given up with the client: whether it happened must be known, and be in the audit log.
        if (!await store.PutAsync(key, CancellationToken.None))
        {
            throw Conflict($"Somebody else changed the key '{key.Id}' at the same moment. Look at it, and try again.");
        }

        await sync.ReadAsync(CancellationToken.None);
    });

    private static async Task GuardAsync(Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (StoreUnavailableException exception)
        {
            throw new GatewayException(
                ErrorCode.PolicyKeysUnavailable,
                $"The store of the keys does not answer ({exception.Message}). Whether the change was made is not known: see GET /admin/keys once it does.",
                retryAfter: TimeSpan.FromSeconds(1));
        }
    }

    private static GatewayException Conflict(string message) => new(ErrorCode.CallerKeyConflict, message, "id");

    private static string Describe(VirtualKey holder)
    {
        var models = holder.Models is { } some ? string.Join(',', some.Order(StringComparer.Ordinal)) : "all";
        return $"organization={holder.Organization} team={holder.Team} project={holder.Project} user={holder.User} models={models} "
            + $"expires={holder.Expires:O} admin={holder.IsAdmin} role={holder.Role} priority={RequestPriorityNames.Of(holder.Priority)}";
    }
}
