using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Policies.Validation;
using Gateway.Policies.Yaml;

namespace Gateway.Policies;

/// <summary>
/// Reads the JSON that asks for a new virtual key: <c>{"id", "organization", "team", "project", "user", "models", "expires", "admin",
/// "role", "priority"}</c>, each as in <c>keys.yaml</c>.
/// </summary>
public static class KeyOrderReader
{
    /// <summary>The key to be made, or every reason why it cannot be; <see cref="PolicyError.Key"/> is the path of the field.</summary>
    /// <param name="json">The root of the body.</param>
    /// <param name="policies">Whose routes and models may be named.</param>
    /// <param name="now">A key that has expired by then is refused.</param>
    public static (VirtualKey? Key, ImmutableArray<PolicyError> Errors) Read(JsonElement json, PolicySnapshot policies, DateTimeOffset now)
    {
        var findings = new Findings();
        var key = new Field(JsonNodes.Of(json), "", new FileReport("request", findings)).AsSection() is { } section ? ReadKey(section, policies, now) : null;
        return findings.Errors.IsEmpty ? (key, []) : (null, findings.Errors);
    }

    private static VirtualKey ReadKey(Section section, PolicySnapshot policies, DateTimeOffset now)
    {
        section.RefuseOthers(["id", .. KeyHolderReader.Fields]);
        var id = section.Require("id", "Write a name for logs and reports, such as search-ci")?.AsText();
        if (id is not null && !VirtualKeyId.IsValid(id))
        {
            // It may be a key that was sent by mistake, so the message does not repeat it.
            section.Find("id")!.Value.Error("This cannot name a key.", VirtualKeyId.Rule);
        }

        var key = new KeyHolderReader(Usable(policies), now).Read(section, id ?? "");
        if (key.Expires <= now)
        {
            section.Find("expires")!.Value.Error("The key would have expired already.", "Write a later time");
        }

        return key;
    }

    private static HashSet<string> Usable(PolicySnapshot policies) =>
    [
        .. policies.Routes.Select(route => route.Name),
        .. policies.Providers.SelectMany(provider => provider.Models).SelectMany(model => (string[])[model.Name, model.QualifiedName]),
    ];
}
