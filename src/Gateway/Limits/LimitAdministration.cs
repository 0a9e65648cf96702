using System.Text.Json;
using Gateway.Auditing;
using Gateway.Budgets;
using Gateway.Contracts.Errors;
using Gateway.Pipeline;
using Gateway.Policies;

namespace Gateway.Limits;

/// <summary>Sets and deletes managed limits. A change is in force in this process when its call returns, and in the others at once after.</summary>
/// <remarks>All calls throw a <see cref="GatewayException"/> that says what cannot be, or that the store does not answer.</remarks>
public sealed class LimitAdministration(LimitStore store, ManagedLimits limits, LimitSync sync, PolicyStore policies, AuditLog audit, TimeProvider time)
{
    /// <summary>Makes a limit, or replaces it.</summary>
    /// <param name="definition">With the fields of budgets.yaml.</param>
    /// <param name="expected">The revision that is to be replaced; null for none: then there must be no such limit yet.</param>
    public async Task<ManagedLimit> SetAsync(string id, JsonElement definition, long? expected, LimitActor actor)
    {
        await RefreshAsync(actor);
        var last = Current(id, expected);
        var (limit, errors) = BudgetOrderReader.Read(id, definition, policies.Current);
        if (limit is null)
        {
            throw OrderRefusals.Of(errors);
        }

        return await PutAsync(last, id, Compact(definition), last?.Definition is null ? "budget.create" : "budget.change", actor);
    }

    /// <summary>Ends a limit. What was counted for it is kept as for any counter whose window is over.</summary>
    /// <param name="expected">The revision that is to be deleted.</param>
    public async Task DeleteAsync(string id, long? expected, LimitActor actor)
    {
        await RefreshAsync(actor);
        var last = Current(id, expected);
        if (last?.Definition is null)
        {
            throw NotFound();
        }

        await PutAsync(last, id, definition: null, "budget.delete", actor);
    }

    public static GatewayException NotFound() => new(ErrorCode.CallerBudgetNotFound, "No limit has this id. GET /admin/budgets lists them.", "id");

    private ManagedLimit? Current(string id, long? expected)
    {
        var last = limits.Find(id);
        bool isThere = last?.Definition is not null;
        if (!isThere && policies.Current.Budgets.Limits.Any(limit => limit.Name == id))
        {
            throw new GatewayException(
                ErrorCode.CallerBudgetConflict, "This limit stands in budgets.yaml. Change it there: every gateway follows the file.", "id");
        }

        if (isThere && expected is null)
        {
            throw Changed($"There is a limit of this name, of revision {last!.Revision}. Look at it, and send its ETag as If-Match.");
        }

        return expected is null || (isThere && expected == last!.Revision)
            ? last
            : throw Changed(isThere
                ? $"Somebody else changed the limit: it has revision {last!.Revision} by now. Look at it, and try again."
                : "There is no such limit (any more). Leave If-Match out to make it.");
    }

    private async Task<ManagedLimit> PutAsync(ManagedLimit? last, string id, string? definition, string action, LimitActor actor)
    {
        var kept = new ManagedLimit
        {
            Id = id,
            Revision = (last?.Revision ?? 0) + 1,
            Definition = definition,
            ChangedAt = time.GetUtcNow(),
            ChangedBy = actor.Id,
        };
        await GuardAsync(async () =>
        {
            // Not given up with the client: whether it happened must be known, and be in the audit log.
            if (!await store.PutAsync(kept, CancellationToken.None))
            {
                throw Changed("Somebody else changed the limit at the same moment. Look at it, and try again.");
            }

            await sync.ReadAsync(CancellationToken.None);
        });
        audit.Changed(actor.RequestId, actor.Id, action, id, $"before={last?.Definition ?? "none"} after={definition ?? "none"}");
        return kept;
    }

    /// <summary>A change builds on what the store has now.</summary>
    private Task RefreshAsync(LimitActor actor) => GuardAsync(() => sync.ReadAsync(actor.Cancelled));

    private static async Task GuardAsync(Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (StoreUnavailableException exception)
        {
            throw new GatewayException(
                ErrorCode.PolicyBudgetUnavailable,
                $"The store of the limits does not answer ({exception.Message}). Whether the change was made is not known: see GET /admin/budgets once it does.",
                retryAfter: TimeSpan.FromSeconds(1));
        }
    }

    private static GatewayException Changed(string message) => new(ErrorCode.CallerBudgetChanged, message, "If-Match");

    private static string Compact(JsonElement definition) => JsonSerializer.Serialize(definition, LimitsJson.Default.JsonElement);
}
