using System.Collections.Immutable;

namespace Gateway.Budgets.Tests.Reports;

/// <summary>A column of FOCUS 1.2, as its specification defines it (https://focus.finops.org/focus-specification/v1-2/).</summary>
/// <param name="Type">Its data type; <c>Enum</c> is a string of allowed values.</param>
/// <param name="Level">Its feature level.</param>
internal sealed record FocusColumn(string Name, string Type, string Level, bool AllowsNulls)
{
    /// <summary>All of them, in alphabetical order.</summary>
    public static ImmutableArray<FocusColumn> All { get; } =
    [
        .. """
            AvailabilityZone                   String   Recommended null
            BilledCost                         Decimal  Mandatory
            BillingAccountId                   String   Mandatory
            BillingAccountName                 String   Mandatory   null
            BillingAccountType                 String   Conditional null
            BillingCurrency                    Enum     Mandatory
            BillingPeriodEnd                   DateTime Mandatory
            BillingPeriodStart                 DateTime Mandatory
            CapacityReservationId              String   Conditional null
            CapacityReservationStatus          Enum     Conditional null
            ChargeCategory                     Enum     Mandatory
            ChargeClass                        Enum     Mandatory   null
            ChargeDescription                  String   Mandatory   null
            ChargeFrequency                    Enum     Recommended
            ChargePeriodEnd                    DateTime Mandatory
            ChargePeriodStart                  DateTime Mandatory
            CommitmentDiscountCategory         Enum     Conditional null
            CommitmentDiscountId               String   Conditional null
            CommitmentDiscountName             String   Conditional null
            CommitmentDiscountQuantity         Decimal  Conditional null
            CommitmentDiscountStatus           Enum     Conditional null
            CommitmentDiscountType             String   Conditional null
            CommitmentDiscountUnit             String   Conditional null
            ConsumedQuantity                   Decimal  Conditional null
            ConsumedUnit                       String   Conditional null
            ContractedCost                     Decimal  Mandatory
            ContractedUnitPrice                Decimal  Conditional null
            EffectiveCost                      Decimal  Mandatory
            InvoiceId                          String   Recommended null
            InvoiceIssuerName                  String   Mandatory
            ListCost                           Decimal  Mandatory
            ListUnitPrice                      Decimal  Conditional null
            PricingCategory                    Enum     Conditional null
            PricingCurrency                    Enum     Conditional null
            PricingCurrencyContractedUnitPrice Decimal  Conditional null
            PricingCurrencyEffectiveCost       Decimal  Conditional null
            PricingCurrencyListUnitPrice       Decimal  Conditional null
            PricingQuantity                    Decimal  Mandatory   null
            PricingUnit                        String   Mandatory   null
            ProviderName                       String   Mandatory
            PublisherName                      String   Mandatory
            RegionId                           String   Conditional null
            RegionName                         String   Conditional null
            ResourceId                         String   Conditional null
            ResourceName                       String   Conditional null
            ResourceType                       String   Conditional null
            ServiceCategory                    Enum     Mandatory
            ServiceName                        String   Mandatory
            ServiceSubcategory                 Enum     Recommended
            SkuId                              String   Conditional null
            SkuMeter                           String   Conditional null
            SkuPriceDetails                    Json     Conditional null
            SkuPriceId                         String   Conditional null
            SubAccountId                       String   Conditional null
            SubAccountName                     String   Conditional null
            SubAccountType                     String   Conditional null
            Tags                               Json     Conditional null
            """.Split('\n').Select(Read),
    ];

    private static FocusColumn Read(string line) =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var name, var type, var level, .. var rest]
            ? new FocusColumn(name, type, level, rest is ["null"])
            : throw new FormatException($"'{line}' is no column.");
}
