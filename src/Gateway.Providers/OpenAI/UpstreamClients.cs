using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gateway.Policies;

namespace Gateway.Providers.OpenAI;

/// <summary>
/// One connection pool for each way of reaching a provider. A reload of the policies that does not change how a provider is
/// reached keeps its open connections; a changed one gets a new pool, and the old one closes once its last answers have passed.
/// </summary>
public sealed class UpstreamClients : IDisposable
{
    /// <summary>Connections are renewed in time to follow DNS changes.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<PoolKey, Lazy<HttpMessageInvoker>> _pools = new();

    /// <summary>The pool for this provider.</summary>
    public HttpMessageInvoker For(UpstreamDefinition upstream) =>
        _pools.GetOrAdd(PoolKey.Of(upstream), static key => new Lazy<HttpMessageInvoker>(() => Create(key))).Value;

    /// <summary>
    /// Lets go of the pools that no provider uses any more. They are not disposed: answers may still pass through them, and idle
    /// connections close by themselves.
    /// </summary>
    public void Keep(IEnumerable<UpstreamDefinition> inUse)
    {
        var wanted = inUse.Select(PoolKey.Of).ToHashSet();
        foreach (var key in _pools.Keys.Where(key => !wanted.Contains(key)))
        {
            _pools.TryRemove(key, out _);
        }
    }

    public void Dispose()
    {
        foreach (var pool in _pools.Values.Where(pool => pool.IsValueCreated))
        {
            pool.Value.Dispose();
        }

        _pools.Clear();
    }

    private static HttpMessageInvoker Create(PoolKey key)
    {
        var handler = new SocketsHttpHandler
        {
            // What passes through belongs to the client and the provider: nothing is followed, stored or unpacked on the way.
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,

            // As the server reads them from the client, so that their bytes stay the same.
            RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
            ConnectTimeout = key.ConnectTimeout,
            EnableMultipleHttp2Connections = true,
            PooledConnectionLifetime = ConnectionLifetime,
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
        };
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, errors) => CertificateRejectedException.ThrowUnlessGood(errors);
        if (key.CaBundle is { } bundle)
        {
            handler.SslOptions.CertificateChainPolicy = TrustOnly(bundle);
        }

        return new HttpMessageInvoker(new ContentDecodingHandler(handler), disposeHandler: true);
    }

    private static X509ChainPolicy TrustOnly(string pemBundle)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(pemBundle);
        return policy;
    }

    private sealed record PoolKey(string Authority, TimeSpan ConnectTimeout, string? CaBundle)
    {
        public static PoolKey Of(UpstreamDefinition upstream) =>
            new(upstream.BaseUrl.GetLeftPart(UriPartial.Authority), upstream.Timeouts.Connect, upstream.CaBundle);
    }
}
