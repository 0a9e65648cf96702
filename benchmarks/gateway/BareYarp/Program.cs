using System.Net;
using Yarp.ReverseProxy.Forwarder;

// The least that YARP can do: every request goes to one place, unchanged. What the gateway costs is measured against this.
if (args is not [var listen, var upstream])
{
    Console.Error.WriteLine("Usage: BareYarp LISTEN_URL UPSTREAM_URL");
    return 1;
}

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls(listen);
builder.Services.AddHttpForwarder();
await using WebApplication app = builder.Build();

IHttpForwarder forwarder = app.Services.GetRequiredService<IHttpForwarder>();
using var client = new HttpMessageInvoker(new SocketsHttpHandler
{
    UseProxy = false,
    UseCookies = false,
    AllowAutoRedirect = false,
    AutomaticDecompression = DecompressionMethods.None,
    ActivityHeadersPropagator = null,
});
var config = new ForwarderRequestConfig { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
app.Run(async context => await forwarder.SendAsync(context, upstream, client, config));
await app.RunAsync();
return 0;
