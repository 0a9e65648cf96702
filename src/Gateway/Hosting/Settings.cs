using Gateway.Budgets.Sql;
using Gateway.Engine;
using Gateway.Idempotency;
using Gateway.Keys;
using Gateway.Observing;
using Gateway.Redis;
using Gateway.Spending;
using Gateway.Webhooks;

namespace Gateway.Hosting;

/// <summary>Reads the gateway's sections of the configuration, and reports all that is wrong with them at once.</summary>
internal sealed record Settings(
    GatewayOptions Gateway,
    EngineOptions Engine,
    RedisOptions Redis,
    ObservationsOptions Observations,
    BudgetsOptions Budgets,
    LedgerOptions Ledger,
    KeyOptions Keys,
    IdempotencyOptions Idempotency,
    WebhooksOptions Webhooks)
{
    private const string EngineSection = "Engine";
    private const string ServerEndpointsSection = "Kestrel:Endpoints";

    /// <exception cref="StartException">A setting is unknown, of the wrong type or out of range; every error is listed.</exception>
    public static Settings Read(IConfiguration configuration)
    {
        List<string> errors = [];

        // The server would listen there beside Gateway:Urls, and past the rule that there is only the loopback address without keys.
        if (configuration.GetSection(ServerEndpointsSection).Exists())
        {
            errors.Add($"{ServerEndpointsSection}: addresses are set in {GatewayOptions.Section}:{nameof(GatewayOptions.Urls)} only. Remove it.");
        }

        var gateway = Bind(configuration, GatewayOptions.Section, new GatewayOptions(), errors);
        var engine = Bind(configuration, EngineSection, new EngineOptions { ModelPath = "models/demo" }, errors);
        var redis = Bind(configuration, RedisOptions.Section, new RedisOptions(), errors);
        var observations = Bind(configuration, ObservationsOptions.Section, new ObservationsOptions(), errors);
        var budgets = Bind(configuration, BudgetsOptions.Section, new BudgetsOptions(), errors);
        var ledger = Bind(configuration, LedgerOptions.Section, new LedgerOptions(), errors);
        var keys = Bind(configuration, KeyOptions.Section, new KeyOptions(), errors);
        var idempotency = Bind(configuration, IdempotencyOptions.Section, new IdempotencyOptions(), errors);
        var webhooks = Bind(configuration, WebhooksOptions.Section, new WebhooksOptions(), errors);
        errors.AddRange(
        [
            .. gateway.Validate(), .. redis.Validate(), .. observations.Validate(), .. budgets.Validate(redis.IsConfigured), .. ledger.Validate(),
            .. keys.Validate(), .. idempotency.Validate(), .. webhooks.Validate(),
        ]);
        try
        {
            engine.Validate();
        }
        catch (EngineOptionsException exception)
        {
            errors.AddRange(exception.Errors.Select(error => $"{EngineSection}:{error}"));
        }

        return errors.Count == 0
            ? new Settings(
                gateway,
                Resolved(engine),
                redis,
                observations,
                budgets with { Path = Path.Combine(gateway.DataPath, budgets.Path) },
                Resolved(ledger, gateway),
                keys,
                idempotency,
                webhooks)
            : throw new StartException(errors);
    }

    /// <summary>The file of the ledger with the folder that it lies in.</summary>
    public static LedgerOptions Resolved(LedgerOptions ledger, GatewayOptions gateway) => ledger with { Path = Path.Combine(gateway.DataPath, ledger.Path) };

    private static EngineOptions Resolved(EngineOptions engine) => engine with
    {
        ModelPath = ConfiguredPath.Resolve(engine.ModelPath),
        Adapters = engine.Adapters.ToDictionary(adapter => adapter.Key, adapter => ConfiguredPath.Resolve(adapter.Value)),
    };

    private static T Bind<T>(IConfiguration configuration, string section, T options, List<string> errors)
        where T : class
    {
        var known = typeof(T).GetProperties().Where(property => property.CanWrite).Select(property => property.Name).Order(StringComparer.Ordinal).ToList();
        var unknown = configuration.GetSection(section).GetChildren().Select(setting => setting.Key).Except(known, StringComparer.OrdinalIgnoreCase);
        errors.AddRange(unknown.Select(name => $"{section}:{name} is no setting. Settings of {section}: {string.Join(", ", known)}."));
        List<string> wrong =
        [
            .. from property in typeof(T).GetProperties()
               where property.CanWrite
               let text = configuration[$"{section}:{property.Name}"]
               let wanted = SettingValue.Wanted(text, property.PropertyType)
               where wanted is not null
               select $"{section}:{property.Name} is '{text}'; it must be {wanted}.",
        ];
        errors.AddRange(wrong);
        try
        {
            configuration.GetSection(section).Bind(options);
        }
        catch (InvalidOperationException exception)
        {
            // Of a value within a list or a table the binder's message names the place and the type.
            errors.AddRange(wrong.Count == 0 ? [exception.Message] : []);
        }

        return options;
    }
}
