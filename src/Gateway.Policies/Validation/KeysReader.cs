using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;

namespace Gateway.Policies.Validation;

/// <summary>Reads <c>keys.yaml</c>.</summary>
internal sealed class KeysReader
{
    private const string ExpiresFix = "Write a UTC time such as 2027-01-01T00:00:00Z";

    /// <summary>RFC 3339, section 5.6, with seconds and an offset.</summary>
    private static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"];

    private static readonly ImmutableArray<(string Name, ReportRole Value)> Roles = [("finance", ReportRole.Finance), ("team", ReportRole.Team)];

    private readonly DateTimeOffset _now;
    private readonly HashSet<string>? _usable;
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly HashSet<KeyDigest> _digests = [];

    private KeysReader(DeclaredProviders? providers, DeclaredRoutes? routes, DateTimeOffset now)
    {
        _now = now;
        _usable = providers is null || routes is null
            ? null
            : [.. routes.Names, .. providers.Models.Keys, .. providers.BareNames];
    }

    /// <param name="file">The top level of the file.</param>
    /// <param name="providers">Models that a key may name; null when unknown, and then names are not looked up.</param>
    /// <param name="routes">Routes that a key may name; null when unknown, and then names are not looked up.</param>
    /// <param name="now">Tells which keys have expired.</param>
    public static VirtualKeys Read(Section file, DeclaredProviders? providers, DeclaredRoutes? routes, DateTimeOffset now)
    {
        file.RefuseOthers("keys");
        if (file.IsBlank("keys"))
        {
            return VirtualKeys.Empty;
        }

        var reader = new KeysReader(providers, routes, now);
        var items = file.Require("keys", "Write 'keys: []', or remove the file if there are none")?.AsList() ?? [];
        return new VirtualKeys(items.Select(reader.ReadKey).OfType<KeyValuePair<KeyDigest, VirtualKey>>());
    }

    /// <summary>The key, or null when it lacks a good id or hash of its own.</summary>
    private KeyValuePair<KeyDigest, VirtualKey>? ReadKey(Field field)
    {
        if (field.AsSection() is not { } section)
        {
            return null;
        }

        section.RefuseOthers("id", "sha256", "organization", "team", "project", "user", "models", "expires", "disabled", "admin", "role");
        var id = section.Require("id", "Write a name for logs and reports, such as search-ci") is { } name ? ReadId(name) : null;
        var digest = section.Require("sha256", "Write the SHA-256 of the key in hex") is { } hash ? ReadDigest(hash) : null;
        var key = new VirtualKey
        {
            Id = id ?? "",
            Organization = section.Find("organization")?.AsText(),
            Team = section.Find("team")?.AsText(),
            Project = section.Find("project")?.AsText(),
            User = section.Find("user")?.AsText(),
            Models = section.Find("models") is { } models ? ReadModels(models) : null,
            Expires = section.Find("expires") is { } expires ? ReadExpires(expires) : null,
            Disabled = section.Find("disabled")?.AsBoolean() ?? false,
            IsAdmin = section.Find("admin")?.AsBoolean() ?? false,
            Role = section.Find("role") is { } role ? ReadRole(role, section) : null,
        };
        return id is not null && digest is { } unique ? KeyValuePair.Create(unique, key) : null;
    }

    private string? ReadId(Field field)
    {
        if (field.AsText() is not { } id)
        {
            return null;
        }

        // It may be a key that was pasted here by mistake, so the message does not repeat it.
        if (!VirtualKeyId.IsValid(id))
        {
            field.Error("This cannot name a key.", VirtualKeyId.Rule);
            return null;
        }

        if (!_ids.Add(id))
        {
            field.Error($"{Quote.Of(id)} names another key already.", "Give each key its own id");
            return null;
        }

        return id;
    }

    private KeyDigest? ReadDigest(Field field)
    {
        if (field.AsText() is not { } hex)
        {
            return null;
        }

        if (!KeyDigest.TryParse(hex, out var digest))
        {
            field.Error(
                hex.StartsWith(VirtualKeyGenerator.Prefix, StringComparison.Ordinal)
                    ? "This is a key, not its hash; it must be replaced now, since it stood in a file."
                    : "This is no SHA-256: 64 hexadecimal digits.",
                "Write what 'printf %s \"$KEY\" | sha256sum' prints");
            return null;
        }

        if (!_digests.Add(digest))
        {
            field.Error("Another entry has the same hash: it is the same key.", "Remove one of the two");
            return null;
        }

        return digest;
    }

    private FrozenSet<string>? ReadModels(Field field)
    {
        if (field.AsList() is not { } items)
        {
            return null;
        }

        if (items.IsEmpty)
        {
            field.Error("The list is empty, so the key could use nothing.", "Remove 'models' to allow all, or write disabled: true");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            if (item.AsText() is not { } name)
            {
                continue;
            }

            if (!names.Add(name))
            {
                item.Error($"{Quote.Of(name)} is listed a second time.", "Remove it");
            }
            else if (_usable is not null && !_usable.Contains(name))
            {
                item.Error(
                    $"{Quote.Of(name)} is no route and no model.",
                    Suggestion.Closest(name, _usable) is { } meant
                        ? $"Did you mean {Quote.Of(meant)}?"
                        : $"Write a route of {PolicyFiles.Routes} or a model of {PolicyFiles.Providers}");
            }
        }

        return names.ToFrozenSet(StringComparer.Ordinal);
    }

    private static ReportRole? ReadRole(Field field, Section key)
    {
        var role = field.AsOneOf(Roles);
        if (role == ReportRole.Team && key.Find("team") is null)
        {
            field.Error("The key has no team whose spending it could read.", "Add team, or write finance");
        }

        return role;
    }

    private DateTimeOffset? ReadExpires(Field field)
    {
        if (field.AsText() is not { } text)
        {
            return null;
        }

        if (!DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var expires))
        {
            field.Error($"{Quote.Of(text)} is no time with an offset.", ExpiresFix);
            return null;
        }

        if (expires <= _now)
        {
            field.Warning("The key has expired.", "Remove the entry, or write a later time");
        }

        return expires.ToUniversalTime();
    }
}
