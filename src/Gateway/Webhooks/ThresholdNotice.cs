using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Budgets;
using Gateway.Policies;

namespace Gateway.Webhooks;

/// <summary>That a limit has reached a threshold, as it is sent.</summary>
internal static partial class ThresholdNotice
{
    public const string Type = "budget.threshold_reached";

    /// <summary>
    /// The same on every gateway for one webhook, counter, window and threshold. The amount is part of it: a limit that was changed has
    /// thresholds of its own.
    /// </summary>
    public static string IdOf(string partition, in LimitUse use, decimal threshold, string webhook)
    {
        var limit = use.Applied.Limit;
        string[] parts =
        [
            partition, limit.Name, use.Applied.ScopeValue, use.Window.Id, limit.Amount.ToString(CultureInfo.InvariantCulture),
            threshold.ToString("0.############", CultureInfo.InvariantCulture), webhook,
        ];
        var text = string.Join('\n', parts);
        return "msg_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
    }

    public static string Body(string partition, in LimitUse use, decimal threshold, DateTimeOffset now)
    {
        var limit = use.Applied.Limit;
        var unit = limit.Measure == BudgetMeasure.Cost ? 1_000_000_000m : 1m;
        return JsonSerializer.Serialize(
            new Envelope(Type, now, new Reached
            {
                Limit = limit.Name,
                Organization = partition,
                Scope = BudgetScopeNames.Of(limit.ScopeKind),
                ScopeValue = use.Applied.ScopeValue,
                Measure = BudgetMeasureNames.Of(limit.Measure),
                Threshold = threshold,
                Amount = limit.Amount / unit,
                Spent = use.Spent / unit,
                IsHard = limit.IsHard,
                Period = BudgetPeriodNames.Of(limit.Period),
                WindowStart = limit.Period == BudgetPeriod.Lifetime ? null : use.Window.Start,
                WindowEnd = limit.Period == BudgetPeriod.Lifetime ? null : use.Window.End,
            }),
            EnvelopeJson.Default.Envelope);
    }

    /// <param name="Type">Always <see cref="ThresholdNotice.Type"/>.</param>
    /// <param name="Timestamp">When it was seen.</param>
    internal sealed record Envelope(string Type, DateTimeOffset Timestamp, Reached Data);

    internal sealed record Reached
    {
        public required string Limit { get; init; }

        public required string Organization { get; init; }

        /// <summary>What the limit counts by, such as <c>team</c>.</summary>
        public required string Scope { get; init; }

        public required string ScopeValue { get; init; }

        public required string Measure { get; init; }

        /// <summary>The share of the amount that was reached.</summary>
        public required decimal Threshold { get; init; }

        /// <summary>In dollars when the measure is <c>usd</c>, else a count.</summary>
        public required decimal Amount { get; init; }

        /// <summary>In the unit of <see cref="Amount"/>, at the moment when it was seen.</summary>
        public required decimal Spent { get; init; }

        [JsonPropertyName("hard")]
        public required bool IsHard { get; init; }

        public required string Period { get; init; }

        /// <summary>Absent for a lifetime, as is the end.</summary>
        public DateTimeOffset? WindowStart { get; init; }

        public DateTimeOffset? WindowEnd { get; init; }
    }

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonSerializable(typeof(Envelope))]
    private sealed partial class EnvelopeJson : JsonSerializerContext;
}
