using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Policies.Validation;
using Gateway.Policies.Yaml;

namespace Gateway.Policies;

/// <summary>Reads the JSON of a <see cref="FaultOrder"/>: <c>{"provider", "model", "fault": {"kind", ...}, "seconds"}</c>.</summary>
public static class FaultOrderReader
{
    /// <summary>The order, or every reason why there is none; <see cref="PolicyError.Key"/> is the path of the field.</summary>
    /// <param name="json">The root of the body.</param>
    /// <param name="policies">Whose providers and models may be named.</param>
    public static (FaultOrder? Order, ImmutableArray<PolicyError> Errors) Read(JsonElement json, PolicySnapshot policies)
    {
        var findings = new Findings();
        var order = new Field(JsonNodes.Of(json), "", new FileReport("request", findings)).AsSection() is { } section ? ReadOrder(section, policies) : null;
        return findings.Errors.IsEmpty ? (order, []) : (null, findings.Errors);
    }

    private static FaultOrder? ReadOrder(Section section, PolicySnapshot policies)
    {
        section.RefuseOthers("provider", "model", "fault", "seconds");
        var target = section.Require("provider", "Name a provider of providers.yaml") is { } provider
            ? FaultTargetReader.Read(provider, section.Find("model"), policies)
            : null;
        var fault = section.Require("fault", "Write the fault, such as {\"kind\": \"status\", \"status\": 503}")?.AsSection() is { } inner
            ? FaultReader.Read(inner)
            : null;
        var duration = section.Require("seconds", "Write after how many seconds it ends, 1 to 3600")?.AsSeconds(1);
        return target is not null && fault is not null && duration is { } end ? new FaultOrder(target, fault, end) : null;
    }
}
