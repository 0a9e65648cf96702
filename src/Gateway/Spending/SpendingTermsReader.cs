using System.Buffers;
using System.Collections.Immutable;
using Gateway.Contracts.Errors;
using Gateway.Pipeline;

namespace Gateway.Spending;

/// <summary>Reads <see cref="SpendingTerms"/>. What cannot be understood is refused: a limit that is passed over in silence is none.</summary>
internal static class SpendingTermsReader
{
    public const int MaxTags = 16;
    public const int MaxNameLength = 64;

    private const string MaxCostParameter = "max-cost-usd";
    private const string AmountRule = "Write US dollars, above 0, with at most nine decimals, such as 0.25";

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-:/@=+");

    /// <exception cref="GatewayException">A header cannot be understood.</exception>
    public static SpendingTerms Read(IHeaderDictionary headers)
    {
        var tags = headers[GatewayHeaders.Tags];
        var maxCost = headers[GatewayHeaders.MaxCost];
        var workflow = headers[GatewayHeaders.Workflow];
        if (tags.Count == 0 && maxCost.Count == 0 && workflow.Count == 0)
        {
            return SpendingTerms.None;
        }

        var (id, ceiling) = workflow.Count == 0 ? (null, null) : ReadWorkflow(workflow.ToString());
        return new SpendingTerms
        {
            Tags = tags.Count == 0 ? [] : ReadTags(tags.ToString()),
            MaxCost = maxCost.Count == 0 ? null : ReadAmount(maxCost.ToString(), GatewayHeaders.MaxCost, GatewayHeaders.MaxCost),
            Workflow = id,
            WorkflowMaxCost = ceiling,
        };
    }

    private static ImmutableArray<string> ReadTags(string header)
    {
        var tags = header.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Distinct(StringComparer.Ordinal)
            .ToImmutableArray();
        if (tags.Length > MaxTags)
        {
            throw Invalid(GatewayHeaders.Tags, $"{GatewayHeaders.Tags} has {tags.Length} tags. Send at most {MaxTags}.");
        }

        return tags.All(IsName)
            ? tags
            : throw Invalid(GatewayHeaders.Tags, $"A tag in {GatewayHeaders.Tags} cannot be used. {NameRule}, separated by commas.");
    }

    private static (string Id, long? MaxCost) ReadWorkflow(string header)
    {
        var parts = header.Split(';', StringSplitOptions.TrimEntries);
        if (!IsName(parts[0]))
        {
            throw Invalid(GatewayHeaders.Workflow, $"{GatewayHeaders.Workflow} names no workflow. {NameRule}, such as 'nightly-42; {MaxCostParameter}=2.50'.");
        }

        long? maxCost = null;
        foreach (var parameter in parts.Skip(1))
        {
            var (name, value) = parameter.Split('=', 2, StringSplitOptions.TrimEntries) is [var left, var right] ? (left, right) : (parameter, "");
            if (name != MaxCostParameter || maxCost is not null)
            {
                throw Invalid(GatewayHeaders.Workflow, $"{GatewayHeaders.Workflow} takes one parameter, {MaxCostParameter}. Write 'ID; {MaxCostParameter}=2.50'.");
            }

            maxCost = ReadAmount(value, GatewayHeaders.Workflow, MaxCostParameter);
        }

        return (parts[0], maxCost);
    }

    private static long ReadAmount(string text, string header, string name) =>
        Money.Parse(text.Trim()) ?? throw Invalid(header, $"{name} is no amount. {AmountRule}.");

    private static string NameRule => $"Write 1 to {MaxNameLength} letters, digits or any of ._-:/@=+";

    private static bool IsName(string text) => text.Length is > 0 and <= MaxNameLength && !text.AsSpan().ContainsAnyExcept(NameCharacters);

    private static GatewayException Invalid(string header, string message) => new(ErrorCode.CallerInvalidHeader, message, header);
}
