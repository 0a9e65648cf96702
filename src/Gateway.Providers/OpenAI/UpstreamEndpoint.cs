using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Gateway.Contracts.OpenAI;
using Gateway.Policies;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Providers.OpenAI;

/// <summary>What of a provider's definition is needed for each request, worked out once.</summary>
internal sealed class UpstreamEndpoint
{
    /// <summary>
    /// YARP's own timeout restarts with every byte, so it is neither a first-token limit nor a total one; the exchange keeps its own
    /// time and this one is out of the way.
    /// </summary>
    private static readonly TimeSpan NoActivityTimeout = TimeSpan.FromDays(1);

    private readonly Uri _chatCompletions;
    private readonly Uri _completions;
    private readonly Uri _embeddings;
    private readonly UpstreamDefinition _definition;
    private readonly string? _authorization;

    public UpstreamEndpoint(UpstreamDefinition definition, HttpMessageInvoker client)
    {
        Client = client;
        _definition = definition;
        _chatCompletions = new Uri(definition.BaseUrl, "chat/completions");
        _completions = new Uri(definition.BaseUrl, "completions");
        _embeddings = new Uri(definition.BaseUrl, "embeddings");
        _authorization = definition.ApiKey is { } key ? "Bearer " + key.Reveal() : null;
        var (version, policy) = definition.HttpVersion switch
        {
            UpstreamHttpVersion.Http11 => (HttpVersion.Version11, HttpVersionPolicy.RequestVersionExact),
            UpstreamHttpVersion.Http2 => (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact),
            _ => (HttpVersion.Version20, HttpVersionPolicy.RequestVersionOrLower),
        };
        RequestConfig = new ForwarderRequestConfig { Version = version, VersionPolicy = policy, ActivityTimeout = NoActivityTimeout };
    }

    /// <summary>The connections to the provider.</summary>
    public HttpMessageInvoker Client { get; }

    public ForwarderRequestConfig RequestConfig { get; }

    public string Prefix => _definition.BaseUrl.AbsoluteUri;

    public bool AsksForStreamUsage => _definition.AsksForStreamUsage;

    /// <summary>How long opening a connection may take.</summary>
    public TimeSpan ConnectLimit => _definition.Timeouts.Connect;

    public Uri For(OpenAIEndpoint endpoint) => endpoint switch
    {
        OpenAIEndpoint.ChatCompletions => _chatCompletions,
        OpenAIEndpoint.Completions => _completions,
        _ => _embeddings,
    };

    /// <summary>Sets the provider's credentials and the operator's own headers.</summary>
    public void Apply(HttpRequestHeaders headers)
    {
        if (_authorization is not null)
        {
            headers.TryAddWithoutValidation("Authorization", _authorization);
        }

        foreach (var header in _definition.Headers)
        {
            headers.Remove(header.Name);
            headers.TryAddWithoutValidation(header.Name, header.Value.Reveal());
        }
    }

    /// <summary>The error with every secret that goes to this provider blanked out: some providers repeat the key in their errors.</summary>
    public byte[] Redact(ReadOnlySpan<byte> utf8)
    {
        var text = Encoding.UTF8.GetString(utf8);
        foreach (var secret in _definition.Headers.Select(header => header.Value).Append(_definition.ApiKey ?? default))
        {
            // Short values are no secrets, and blanking them out would garble the text.
            if (secret.Reveal() is { Length: >= 8 } value)
            {
                text = text.Replace(value, secret.ToString(), StringComparison.Ordinal);
            }
        }

        return Encoding.UTF8.GetBytes(text);
    }
}
