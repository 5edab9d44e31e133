global using Workers.Jobs;
global using Workers.Testing;
global using Xunit;
