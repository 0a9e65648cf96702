namespace Gateway.Testing;

internal sealed class ResetReply : Reply
{
    internal override Task SendAsync(Exchange exchange) => exchange.ResetAsync();
}
