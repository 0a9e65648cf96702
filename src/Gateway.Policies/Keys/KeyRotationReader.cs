using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Policies.Validation;
using Gateway.Policies.Yaml;

namespace Gateway.Policies;

/// <summary>Reads the JSON of a <see cref="KeyRotation"/>: <c>{"overlapSeconds"}</c>, or <c>{}</c> for the default of a day.</summary>
public static class KeyRotationReader
{
    /// <summary>What is asked for, or every reason why it cannot be; <see cref="PolicyError.Key"/> is the path of the field.</summary>
    public static (KeyRotation? Rotation, ImmutableArray<PolicyError> Errors) Read(JsonElement json)
    {
        var findings = new Findings();
        KeyRotation? rotation = null;
        if (new Field(JsonNodes.Of(json), "", new FileReport("request", findings)).AsSection() is { } section)
        {
            section.RefuseOthers("overlapSeconds");
            rotation = new KeyRotation(
                section.Find("overlapSeconds") is { } overlap
                    ? TimeSpan.FromSeconds(overlap.AsCount(0, (long)KeyRotation.MaxOverlap.TotalSeconds) ?? 0)
                    : KeyRotation.DefaultOverlap);
        }

        return findings.Errors.IsEmpty ? (rotation, []) : (null, findings.Errors);
    }
}
