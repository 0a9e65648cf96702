using Gateway.Contracts.Errors;
using Gateway.Faults;
using Gateway.Pipeline;
using Gateway.Policies;
using Gateway.Providers.Faults;

namespace Gateway.Endpoints;

/// <summary>
/// <c>POST /admin/faults</c> has a provider of this process fail for a while, <c>GET /admin/faults</c> lists what is injected,
/// <c>DELETE /admin/faults/{id}</c> takes it away.
/// </summary>
internal static class AdminFaultsEndpoint
{
    public static void MapAdminFaults(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/admin/faults", http => AnswerAsync(http, InjectAsync));
        endpoints.MapMethods("/admin/faults", ReadMethods.All, http => AnswerAsync(http, ListAsync));
        endpoints.MapDelete("/admin/faults/{id}", http => AnswerAsync(http, RemoveAsync));
    }

    private static async Task AnswerAsync(HttpContext http, Func<HttpContext, FaultBoard, Task> answer)
    {
        try
        {
            http.RequestServices.GetRequiredService<AdminAccess>().Check(http);
            await answer(http, http.RequestServices.GetRequiredService<FaultBoard>());
        }
        catch (GatewayException exception)
        {
            await ErrorAnswer.WriteAsync(http, exception.Error);
        }
    }

    private static async Task InjectAsync(HttpContext http, FaultBoard board)
    {
        var policies = http.RequestServices.GetRequiredService<PolicyStore>();
        var fault = board.Inject(await AdminBody.ReadAsync(http, json => FaultOrderReader.Read(json, policies.Current)));
        http.Response.StatusCode = StatusCodes.Status201Created;
        http.Response.Headers.Location = $"/admin/faults/{fault.Id}";
        await http.Response.WriteAsJsonAsync(FaultReport.Of(fault), FaultsJson.Readable.FaultReport);
    }

    private static Task ListAsync(HttpContext http, FaultBoard board) =>
        http.Response.WriteAsJsonAsync(new FaultList([.. board.Active.Select(FaultReport.Of)]), FaultsJson.Readable.FaultList);

    private static Task RemoveAsync(HttpContext http, FaultBoard board)
    {
        var id = (string)http.Request.RouteValues["id"]!;
        if (!board.Remove(id))
        {
            throw new GatewayException(ErrorCode.CallerFaultNotFound, "There is no fault of this id. GET /admin/faults lists those that are injected.", "id");
        }

        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
