using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;

namespace Gateway.Policies.Validation;

/// <summary>Reads who a key is for and what it may do, the same in <c>keys.yaml</c> and in the API.</summary>
/// <param name="usable">What a key may name in <c>models</c>; null when unknown, and then names are not looked up.</param>
/// <param name="now">Tells which keys have expired.</param>
internal sealed class KeyHolderReader(HashSet<string>? usable, DateTimeOffset now)
{
    public static ImmutableArray<string> Fields { get; } = ["organization", "team", "project", "user", "models", "expires", "admin", "role", "priority"];

    /// <summary>
    /// In UTF-16 units. Names stand in each counter and entry of the ledger, and the organization in keys of its tables, of which PostgreSQL takes some 2,700 bytes.
    /// </summary>
    private const int MaxNameLength = 256;

    private const string ExpiresFix = "Write a UTC time such as 2027-01-01T00:00:00Z";

    /// <summary>RFC 3339, section 5.6, with seconds and an offset.</summary>
    private static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"];

    private static readonly ImmutableArray<(string Name, ReportRole Value)> Roles = [("finance", ReportRole.Finance), ("team", ReportRole.Team)];

    public VirtualKey Read(Section section, string id) => new()
    {
        Id = id,
        Organization = ReadName("organization", section),
        Team = ReadName("team", section),
        Project = ReadName("project", section),
        User = ReadName("user", section),
        Models = section.Find("models") is { } models ? ReadModels(models) : null,
        Expires = section.Find("expires") is { } expires ? ReadExpires(expires) : null,
        IsAdmin = section.Find("admin")?.AsBoolean() ?? false,
        Role = section.Find("role") is { } role ? ReadRole(role, section) : null,
        Priority = section.Find("priority")?.AsOneOf(RequestPriorityNames.All) ?? RequestPriority.Normal,
    };

    private static string? ReadName(string key, Section section)
    {
        if (section.Find(key) is not { } field || field.AsText() is not { } name)
        {
            return null;
        }

        if (name.Length > MaxNameLength)
        {
            field.Error($"The name is longer than {MaxNameLength} characters.", "Write a shorter one");
        }

        return name;
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
            else if (usable is not null && !usable.Contains(name))
            {
                item.Error(
                    $"{Quote.Of(name)} is no route and no model.",
                    Suggestion.Closest(name, usable) is { } meant
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

        if (expires <= now)
        {
            field.Warning("The key has expired.", "Remove the entry, or write a later time");
        }

        return expires.ToUniversalTime();
    }
}
