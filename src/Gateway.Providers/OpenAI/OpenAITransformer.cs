using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Providers.OpenAI;

/// <summary>Hands YARP's request and response over to the <see cref="UpstreamExchange"/> that they belong to.</summary>
internal sealed class OpenAITransformer : HttpTransformer
{
    public static readonly OpenAITransformer Instance = new();

    public override ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        UpstreamExchange.Of(httpContext).WriteHead(proxyRequest);
        return ValueTask.CompletedTask;
    }

    public override ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is not null)
        {
            UpstreamExchange.Of(httpContext).ReadHead(proxyResponse);
        }

        return ValueTask.FromResult(proxyResponse is not null);
    }

    public override ValueTask TransformResponseTrailersAsync(HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken) =>
        ValueTask.CompletedTask;
}
