using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Gateway.Budgets;
using Gateway.Policies;

namespace Gateway.Webhooks;

/// <summary>Sends one notice to one receiver, once.</summary>
internal sealed class WebhookClient(WebhooksOptions options, TimeProvider time) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        // The signature is for the address that the policy names, and for no other.
        AllowAutoRedirect = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
    });

    /// <summary>Why it did not arrive, without the address; null when it did.</summary>
    public async Task<string?> SendAsync(BudgetWebhook webhook, Notice notice, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(options.TimeoutSeconds), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = Request(webhook, notice);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return response.IsSuccessStatusCode ? null : $"it answered {(int)response.StatusCode}";
        }
        catch (HttpRequestException exception)
        {
            // The exception's message may name the address, which may hold a token.
            return $"no connection ({exception.HttpRequestError})";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return string.Create(CultureInfo.InvariantCulture, $"no answer within {options.TimeoutSeconds} s");
        }
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Request(BudgetWebhook webhook, Notice notice)
    {
        long timestamp = time.GetUtcNow().ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url.Reveal())
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(notice.Body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        request.Headers.Add("webhook-id", notice.Id);
        request.Headers.Add("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        if (webhook.SigningKey is { } secret)
        {
            request.Headers.Add("webhook-signature", WebhookSignature.Of(secret, notice.Id, timestamp, notice.Body));
        }

        return request;
    }
}
