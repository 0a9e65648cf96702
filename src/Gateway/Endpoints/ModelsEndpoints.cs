using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.OpenAI;
using Gateway.Pipeline;
using Gateway.Policies;
using Gateway.Providers;

namespace Gateway.Endpoints;

/// <summary><c>GET /v1/models</c> and <c>GET /v1/models/{id}</c>: the routes and models that the caller may ask for.</summary>
public static class ModelsEndpoints
{
    private const string RouteOwner = "gateway";

    public static void MapModels(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods("/v1/models", ReadMethods.All, http => AnswerAsync(http, id: null));
        endpoints.MapMethods("/v1/models/{**id}", ReadMethods.All, http => AnswerAsync(http, Name((string?)http.Request.RouteValues["id"])));
    }

    /// <summary>OpenAI's clients escape the slash of <c>provider/model</c>, and the server undoes every escape but that one.</summary>
    private static string? Name(string? id) => id?.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private static async Task AnswerAsync(HttpContext http, string? id)
    {
        try
        {
            var services = http.RequestServices;
            var policies = services.GetRequiredService<PolicyStore>().Current;
            var key = services.GetRequiredService<AuthenticateStage>().Authenticate(http, policies.Keys);
            var entries = Entries(policies, key);
            var body = id is null
                ? JsonSerializer.SerializeToUtf8Bytes(new ModelList([.. entries]), OpenAIJson.Default.ModelList)
                : JsonSerializer.SerializeToUtf8Bytes(
                    entries.FirstOrDefault(entry => entry.Id == id)
                        ?? throw new GatewayException(ErrorCode.CallerModelNotFound, $"The model '{id}' does not exist. GET /v1/models lists routes and models.", "model"),
                    OpenAIJson.Default.ModelEntry);
            http.Response.ContentType = AnswerHead.Json;
            http.Response.ContentLength = body.Length;
            await http.Response.Body.WriteAsync(body, http.RequestAborted);
        }
        catch (GatewayException exception)
        {
            await ErrorAnswer.WriteAsync(http, exception.Error);
        }
    }

    private static IEnumerable<ModelEntry> Entries(PolicySnapshot policies, VirtualKey? key)
    {
        var created = policies.LoadedAt.ToUnixTimeSeconds();
        var routes = policies.Routes.Where(route => key?.MayUse(route) ?? true).Select(route => new ModelEntry(route.Name, created, RouteOwner));
        var models = policies.Providers.SelectMany(provider => provider.Models).Where(model => key?.MayUse(model) ?? true).ToList();
        return routes
            .Concat(models.Select(model => new ModelEntry(model.QualifiedName, created, model.Provider)))
            .Concat(models.Select(model => new ModelEntry(model.Name, created, model.Provider)))
            .DistinctBy(entry => entry.Id);
    }
}
