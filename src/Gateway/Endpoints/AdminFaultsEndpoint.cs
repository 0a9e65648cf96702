using System.Text.Json;
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
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

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
        var fault = board.Inject(await ReadAsync(http));
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

    /// <exception cref="GatewayException">It is no JSON, or what it asks for cannot be.</exception>
    private static async Task<FaultOrder> ReadAsync(HttpContext http)
    {
        try
        {
            using var body = await JsonDocument.ParseAsync(http.Request.Body, Strict, http.RequestAborted);
            var (order, errors) = FaultOrderReader.Read(body.RootElement, http.RequestServices.GetRequiredService<PolicyStore>().Current);
            return order ?? throw new GatewayException(
                ErrorCode.CallerInvalidField, string.Join(' ', errors.Select(error => $"{error.Key}: {error.Message} {error.Fix}.")), errors[0].Key);
        }
        catch (JsonException exception)
        {
            throw new GatewayException(ErrorCode.CallerInvalidJson, $"The request body is not one JSON object without repeated names: {exception.Message}");
        }
        catch (BadHttpRequestException)
        {
            throw new GatewayException(ErrorCode.CallerBadRequest, "The request body ended before it was complete, is too large, or its framing is broken.");
        }
    }
}
