namespace Gateway.Testing;

internal sealed class TruncatedReply(byte[] body, int missingBytes) : Reply
{
    internal override async Task SendAsync(Exchange exchange)
    {
        exchange.Response.ContentType = "application/json";
        exchange.Response.ContentLength = body.Length + missingBytes;
        await exchange.Response.Body.WriteAsync(body, exchange.Ended);
        await exchange.Response.Body.FlushAsync(exchange.Ended);
        await exchange.CloseAsync();
    }
}
