using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Budgets;
using Gateway.Policies;

namespace Gateway.Limits;

/// <summary>
/// What this process knows of the managed limits. They are laid over the limits of budgets.yaml, so that requests find all of them in one place and none
/// waits for a store. Where both have a limit of one name, the file's counts. Safe for concurrent use.
/// </summary>
public sealed partial class ManagedLimits(PolicyStore policies, ILogger<ManagedLimits> logger)
{
    private readonly Lock _lock = new();
    private volatile Known _known = new(null, []);
    private volatile ImmutableDictionary<string, string> _problems = ImmutableDictionary<string, string>.Empty;

    /// <summary>In the ordinal order of their ids, deleted ones too.</summary>
    public ImmutableArray<ManagedLimit> All => _known.Limits;

    /// <summary>The version of the set that was read last; null before the first.</summary>
    public string? Version => _known.Version;

    public ManagedLimit? Find(string id) => _known.Limits.FirstOrDefault(limit => limit.Id == id);

    /// <summary>Why a limit is not in force; null when it is.</summary>
    public string? ProblemOf(string id) => _problems.GetValueOrDefault(id);

    /// <summary>
    /// Takes over what the store has, and puts it in force. Where this process knows a higher revision of a limit, that stays: a store that came back with
    /// old data lifts no limit.
    /// </summary>
    /// <returns>The limits that the store has lost, or lost a change of.</returns>
    public IReadOnlyList<ManagedLimit> Adopt(LimitSet stored)
    {
        lock (_lock)
        {
            var revisions = stored.Limits.ToDictionary(limit => limit.Id, limit => limit.Revision, StringComparer.Ordinal);
            List<ManagedLimit> lost = [.. _known.Limits.Where(limit => revisions.GetValueOrDefault(limit.Id) < limit.Revision)];
            ImmutableArray<ManagedLimit> limits =
            [
                .. stored.Limits.Concat(lost)
                    .GroupBy(limit => limit.Id, StringComparer.Ordinal)
                    .Select(versions => versions.MaxBy(limit => limit.Revision)!)
                    .OrderBy(limit => limit.Id, StringComparer.Ordinal),
            ];
            var isChanged = !limits.SequenceEqual(_known.Limits);
            _known = new Known(stored.Version, limits);
            if (isChanged)
            {
                policies.Overlay(files => Over(files, limits));
            }

            return lost;
        }
    }

    private PolicySnapshot Over(PolicySnapshot files, ImmutableArray<ManagedLimit> managed)
    {
        var problems = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var result = files;
        foreach (var limit in managed)
        {
            if (limit.Definition is not { } definition)
            {
                continue;
            }

            if (files.Budgets.Limits.Any(other => other.Name == limit.Id))
            {
                problems[limit.Id] = "budgets.yaml has a limit of this name, which counts instead. Delete one of the two.";
            }
            else if (BudgetOrderReader.Read(limit.Id, JsonElement.Parse(definition), result, isStored: true) is var (read, errors) && read is not null)
            {
                var budgets = result.Budgets;
                result = result with { Budgets = new BudgetPolicy(budgets.Limits.Add(read), budgets.FiscalCalendar, budgets.Webhooks) { TimeZone = budgets.TimeZone } };
            }
            else
            {
                problems[limit.Id] = string.Join(' ', errors.Select(error => $"{error.Key}: {error.Message} {error.Fix}."));
            }
        }

        foreach (var (id, problem) in problems.Where(found => ProblemOf(found.Key) != found.Value))
        {
            LogNotInForce(id, problem);
        }

        _problems = problems.ToImmutable();
        return result;
    }

    [LoggerMessage(1, LogLevel.Error, "The managed limit '{Id}' is not in force: {Problem}")]
    private partial void LogNotInForce(string id, string problem);

    private sealed record Known(string? Version, ImmutableArray<ManagedLimit> Limits);
}
