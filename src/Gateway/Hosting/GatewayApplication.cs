using System.Text;
using Gateway.Endpoints;
using Gateway.Health;
using Gateway.Idempotency;
using Gateway.Keys;
using Gateway.Ledgers;
using Gateway.Limits;
using Gateway.Metering;
using Gateway.Observing;
using Gateway.Pipeline;
using Gateway.Policies;
using Gateway.Providers;
using Gateway.Providers.Failover;
using Gateway.Records;
using Gateway.Spending;
using Gateway.Webhooks;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Hosting;

/// <summary>Composes the gateway: settings, policies, services, server, endpoints.</summary>
public static class GatewayApplication
{
    /// <param name="args">Settings as <c>--Section:Name=value</c>.</param>
    /// <param name="time">The clock; the system's when null.</param>
    /// <param name="environment">Where <c>${NAME}</c> references of the policies are looked up; the process's variables when null.</param>
    /// <param name="configure">Adds to what the gateway composes, such as a log, before anything is built.</param>
    /// <exception cref="StartException">Settings or policies are wrong; every error is listed.</exception>
    public static WebApplication Create(
        string[] args, TimeProvider? time = null, IEnvironment? environment = null, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        var settings = Settings.Read(builder.Configuration);
        var options = settings.Gateway;
        time ??= TimeProvider.System;
        var policies = StartPolicies(ConfiguredPath.Resolve(options.PoliciesPath), environment ?? new ProcessEnvironment(), time);
        try
        {
            var listening = ListenAddresses.From(options.Urls, hasKeys: !policies.Current.Keys.IsEmpty);
            AddServices(builder.Services, settings, policies, listening, time);
            OtlpPush.Add(builder.Services, builder.Configuration);
            ConfigureServer(builder.WebHost, options, listening);

            // A start that fails is told in one line by whoever starts the gateway; the host would tell it with a stack trace. What stops a
            // running host it logs as critical.
            builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
            KestrelLogFilter.Add(builder.Services);
            configure?.Invoke(builder);
            var app = builder.Build();
            MapRequests(app);
            return app;
        }
        catch
        {
            policies.Dispose();
            throw;
        }
    }

    private static PolicyStore StartPolicies(string folder, IEnvironment environment, TimeProvider time)
    {
        try
        {
            return PolicyStore.Start(folder, environment, time);
        }
        catch (PolicyLoadException exception)
        {
            throw new StartException([.. exception.Errors.Select(error => error.ToString())]);
        }
    }

    private static void AddServices(IServiceCollection services, Settings settings, PolicyStore policies, ListenAddresses listening, TimeProvider time)
    {
        // By factory, so that the container disposes of it.
        services.AddSingleton(_ => policies);
        services.AddSingleton(time);
        services.AddSingleton(settings.Gateway);
        services.AddSingleton(settings.Engine);
        services.AddSingleton(listening);

        services.AddSingleton<GatewayLoad>();
        services.AddSingleton<GracefulStop>();
        services.AddHostedService(provider => provider.GetRequiredService<GracefulStop>());
        services.Configure<HostOptions>(host => host.ShutdownTimeout = GracefulStop.Limit(settings.Gateway));
        services.AddSingleton<GatewayPipeline>();
        services.AddSingleton<AuthenticateStage>();
        services.AddSingleton<AdminAccess>();
        services.AddSingleton<ReadStage>();
        services.AddSingleton<PlanStage>();
        services.AddSingleton<ReserveStage>();
        services.AddSingleton<SettleStage>();
        services.AddSingleton<DispatchStage>();
        services.AddSingleton<RecordStage>();

        services.AddSingleton(new Jitter(BitConverter.ToUInt64(Guid.NewGuid().ToByteArray())));
        services.AddProviders();
        services.AddObserving(settings.Observations, settings.Redis);
        services.AddSpending(settings.Budgets, settings.Redis);
        services.AddLedger(settings.Ledger);
        services.AddMetering();
        services.AddManagedKeys(settings.Keys);
        services.AddManagedLimits();
        services.AddIdempotency(settings.Idempotency);
        services.AddWebhooks(settings.Webhooks);

        services.AddSingleton<DecisionRecorder>();
        services.AddHostedService(provider => provider.GetRequiredService<DecisionRecorder>());
        services.AddSingleton<Readiness>();
        services.AddHostedService<PolicyWatcher>();
        services.AddHostedService<HangUpSignal>();
        services.AddHostedService<EngineLoader>();
    }

    private static void ConfigureServer(ConfigureWebHostBuilder host, GatewayOptions options, ListenAddresses listening)
    {
        host.UseKestrelHttpsConfiguration();
        host.UseUrls([.. listening.Urls]);
        host.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // As the headers of providers are read, so that their bytes stay the same.
            kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
            kestrel.Limits.MaxRequestBodySize = options.MaxRequestBodyBytes;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(options.RequestHeadersTimeoutSeconds);
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(options.MinRequestBodyBytesPerSecond, TimeSpan.FromSeconds(options.RequestBodyGraceSeconds));
        });
    }

    private static void MapRequests(WebApplication app)
    {
        var time = app.Services.GetRequiredService<TimeProvider>();
        var stop = app.Services.GetRequiredService<GracefulStop>();
        app.Use((http, next) =>
        {
            if (stop.IsStopping)
            {
                // A client that was left with an open connection might send its next request just when that is closed.
                http.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
            }

            http.TraceIdentifier = RequestId.New(time.GetUtcNow());
            http.Response.Headers[GatewayHeaders.RequestId] = http.TraceIdentifier;
            return next(http);
        });
        app.UseRouting();
        app.UseErrorsForUnmatchedRequests();
        app.MapInference();
        app.MapModels();
        app.MapRouteExplain();
        app.MapQuote();
        app.MapAdminFaults();
        app.MapAdminKeys();
        app.MapAdminBudgets();
        app.MapAdminSpend();
        app.MapHealth();
        app.MapMetrics();
    }
}
