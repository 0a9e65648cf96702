namespace Gateway.Policies.Validation;

/// <summary>Reads <c>keys.yaml</c>.</summary>
internal sealed class KeysReader
{
    private readonly KeyHolderReader _holders;
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly HashSet<KeyDigest> _digests = [];

    private KeysReader(DeclaredProviders? providers, DeclaredRoutes? routes, DateTimeOffset now) => _holders = new KeyHolderReader(
        providers is null || routes is null ? null : [.. routes.Names, .. providers.Models.Keys, .. providers.BareNames],
        now);

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

        section.RefuseOthers(["id", "sha256", "disabled", .. KeyHolderReader.Fields]);
        var id = section.Require("id", "Write a name for logs and reports, such as search-ci") is { } name ? ReadId(name) : null;
        var digest = section.Require("sha256", "Write the SHA-256 of the key in hex") is { } hash ? ReadDigest(hash) : null;
        var key = _holders.Read(section, id ?? "") with { Disabled = section.Find("disabled")?.AsBoolean() ?? false };
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
}
