using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>Reads how to reach a provider.</summary>
internal sealed class UpstreamReader(IEnvironment environment, PolicySources sources)
{
    private static readonly ImmutableArray<(string Name, UpstreamHttpVersion Value)> HttpVersions =
    [
        ("auto", UpstreamHttpVersion.Auto),
        ("1.1", UpstreamHttpVersion.Http11),
        ("2", UpstreamHttpVersion.Http2),
    ];

    /// <summary>Keys that files of earlier versions have, with what takes their place.</summary>
    private static readonly ImmutableArray<(string Key, string Limits)> MovedTimeouts =
    [
        ("responseSeconds", "answerSeconds, and firstTokenSeconds for streams,"),
        ("idleSeconds", "betweenTokensSeconds"),
    ];

    private readonly HeadersReader _headers = new(environment);
    private readonly TlsReader _tls = new(environment, sources);

    /// <summary>The keys of a provider that say how to reach it.</summary>
    public static ImmutableArray<string> Keys { get; } = ["baseUrl", "apiKey", "httpVersion", "streamUsage", "headers", "timeouts", "tls"];

    /// <summary>The definition, or null when it has an error without which it cannot be made.</summary>
    public UpstreamDefinition? Read(string provider, Section section)
    {
        const string Fix = "Write the URL that chat/completions is appended to, such as https://api.openai.com/v1";
        var baseUrl = section.Require("baseUrl", Fix) is { } url ? ReadBaseUrl(url) : null;
        var apiKey = section.Find("apiKey") is { } key ? ReadApiKey(provider, key) : null;
        var httpVersion = section.Find("httpVersion")?.AsOneOf(HttpVersions);
        var asksForStreamUsage = section.Find("streamUsage")?.AsBoolean() ?? true;
        var headers = section.Find("headers") is { } lines ? _headers.Read(lines) : [];
        var timeouts = section.Find("timeouts") is { } times ? ReadTimeouts(provider, times) : new UpstreamTimeouts();
        var caBundle = section.Find("tls") is { } tls ? _tls.Read(tls, baseUrl) : null;
        return baseUrl is null
            ? null
            : new UpstreamDefinition
            {
                BaseUrl = baseUrl,
                ApiKey = apiKey,
                HttpVersion = httpVersion ?? UpstreamHttpVersion.Auto,
                AsksForStreamUsage = asksForStreamUsage,
                Headers = headers,
                Timeouts = timeouts,
                CaBundle = caBundle,
            };
    }

    private Uri? ReadBaseUrl(Field field)
    {
        const string Fix = "Write https://host/v1";
        if (field.AsResolved(environment) is not { } text)
        {
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var url)
            || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp)
            || url.Host.Length == 0)
        {
            field.Error($"{Shown(field)} is no http URL.", Fix);
            return null;
        }

        if (url.UserInfo.Length > 0)
        {
            field.Error("The URL holds a user or a password.", "Remove what stands before the '@' and use apiKey or headers");
            return null;
        }

        if (url.Query.Length > 0 || url.Fragment.Length > 0)
        {
            field.Error("The URL has a query or a fragment.", "Remove what follows '?' or '#'; keys belong in apiKey or headers");
            return null;
        }

        return url.AbsolutePath.EndsWith('/') ? url : new UriBuilder(url) { Path = url.AbsolutePath + '/' }.Uri;
    }

    /// <summary>What the operator wrote, up to a possible password or key in it.</summary>
    private static string Shown(Field field)
    {
        var text = field.AsScalar()!.Text.Split('?', '#')[0];
        return Quote.Of(text.Contains('@', StringComparison.Ordinal) ? $"***{text[text.LastIndexOf('@')..]}" : text);
    }

    private Secret? ReadApiKey(string provider, Field field)
    {
        if (field.AsScalar() is not { } scalar)
        {
            return null;
        }

        if (!EnvironmentReferences.IsReference(scalar.Text))
        {
            var name = provider.Select(character => char.IsAsciiLetterOrDigit(character) ? char.ToUpperInvariant(character) : '_');
            field.Error(
                "The key is not a reference to an environment variable; keys are never written in policy files.",
                $"Write ${{{string.Concat(name.Take(64))}_API_KEY}} and set that variable");
            return null;
        }

        if (field.AsResolved(environment) is not { } key)
        {
            return null;
        }

        if (!Names.IsVisibleAscii(key))
        {
            field.Error(
                "The variable's value has spaces, line breaks or characters outside ASCII.",
                "Set the variable to the key alone, without a line break at its end");
            return null;
        }

        return key.Length == 0 ? null : new Secret(key);
    }

    private static UpstreamTimeouts ReadTimeouts(string provider, Field field)
    {
        var defaults = new UpstreamTimeouts();
        if (field.AsSection() is not { } section)
        {
            return defaults;
        }

        section.RefuseOthersBut(MovedTimeouts.Select(moved => moved.Key), "connectSeconds");
        foreach (var (key, limits) in MovedTimeouts)
        {
            section.Find(key)?.Error(
                $"The limit is set in {PolicyFiles.Failover} now.",
                $"Remove it, and write {limits} under providers.{provider}.limits of {PolicyFiles.Failover}");
        }

        return new UpstreamTimeouts { Connect = section.Find("connectSeconds")?.AsSeconds() ?? defaults.Connect };
    }
}
