namespace VmObs.ProcessTests.Clients;

/// <summary>Tests of programs that others wrote; they share one engine, so they run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class ClientTests : ICollectionFixture<ClientEngine>
{
    public const string Name = "clients";
}
