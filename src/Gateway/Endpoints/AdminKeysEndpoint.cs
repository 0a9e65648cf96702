using Gateway.Budgets;
using Gateway.Contracts.Errors;
using Gateway.Keys;
using Gateway.Pipeline;
using Gateway.Policies;

namespace Gateway.Endpoints;

/// <summary>
/// <c>GET /admin/keys</c> lists all keys, <c>POST /admin/keys</c> makes one, <c>POST /admin/keys/{id}/rotate</c> gives it another secret, and
/// <c>POST /admin/keys/{id}/revoke</c> ends it for good.
/// </summary>
internal static class AdminKeysEndpoint
{
    public static void MapAdminKeys(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods("/admin/keys", ReadMethods.All, http => AnswerAsync(http, ListAsync));
        endpoints.MapPost("/admin/keys", http => AnswerAsync(http, CreateAsync));
        endpoints.MapPost("/admin/keys/{id}/rotate", http => AnswerAsync(http, RotateAsync));
        endpoints.MapPost("/admin/keys/{id}/revoke", http => AnswerAsync(http, RevokeAsync));
    }

    private static async Task AnswerAsync(HttpContext http, Func<HttpContext, KeyActor, Task> answer)
    {
        try
        {
            var actor = http.RequestServices.GetRequiredService<AdminAccess>().Check(http);
            http.Response.Headers.CacheControl = "no-store";
            await answer(http, new KeyActor(actor, http.TraceIdentifier, http.RequestAborted));
        }
        catch (GatewayException exception)
        {
            await ErrorAnswer.WriteAsync(http, exception.Error);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to be told.
        }
    }

    private static Task ListAsync(HttpContext http, KeyActor actor)
    {
        var now = Now(http);
        var file = http.RequestServices.GetRequiredService<PolicyStore>().Current.Keys.All.Select(key => KeyReport.Of(key, now));
        var managed = http.RequestServices.GetRequiredService<ManagedKeys>().All.Select(key => KeyReport.Of(key, now));
        return http.Response.WriteAsJsonAsync(new KeyList([.. file, .. managed]), KeysJson.Readable.KeyList);
    }

    private static async Task CreateAsync(HttpContext http, KeyActor actor)
    {
        var policies = http.RequestServices.GetRequiredService<PolicyStore>().Current;
        var holder = await AdminBody.ReadAsync(http, json => KeyOrderReader.Read(json, policies, Now(http)));
        var (kept, key) = await Administration(http).CreateAsync(holder, actor);
        http.Response.StatusCode = StatusCodes.Status201Created;
        await ShowAsync(http, kept, key);
    }

    private static async Task RotateAsync(HttpContext http, KeyActor actor)
    {
        var order = await AdminBody.ReadAsync(http, KeyRotationReader.Read);
        var (kept, key) = await Administration(http).RotateAsync(Id(http), order.Overlap, actor);
        await ShowAsync(http, kept, key);
    }

    private static async Task RevokeAsync(HttpContext http, KeyActor actor) =>
        await ShowAsync(http, await Administration(http).RevokeAsync(Id(http), actor), key: null);

    private static Task ShowAsync(HttpContext http, ManagedKey kept, string? key) =>
        http.Response.WriteAsJsonAsync(KeyReport.Of(kept, Now(http)) with { Key = key }, KeysJson.Readable.KeyReport);

    private static KeyAdministration Administration(HttpContext http) => http.RequestServices.GetRequiredService<KeyAdministration>();

    private static string Id(HttpContext http) => (string)http.Request.RouteValues["id"]!;

    private static DateTimeOffset Now(HttpContext http) => http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
}
