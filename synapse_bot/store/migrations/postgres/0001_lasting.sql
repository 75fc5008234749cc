-- What lasts beyond a process, as in ../0001_runs.sql and ../0002_lasting.sql, and who may see it.
-- Runs as the owner of the schema, in one transaction, with search_path = synapse.
--
-- Three roles, none of which can log in, own anything, or pass by row-level security:
--   synapse_tenant     our own code at work for one tenant, which it names in `synapse.tenant`
--   synapse_fleet      our own code that looks after all tenants: queue, reaper, metrics
--   synapse_retention  the one door through which entries of the ledger may leave
-- A role for a tenant's own SQL is bound to that tenant by its row in `tenant_roles`: what it says
-- in `synapse.tenant` does not matter.

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['synapse_tenant', 'synapse_fleet', 'synapse_retention'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', name);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- roles belong to the whole server: another database just made it
        END;
        IF NOT pg_has_role(current_user, name, 'USAGE') THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', name);
        END IF;
    END LOOP;
END $$;

CREATE TABLE tenant_roles (
    role   name PRIMARY KEY,
    tenant text NOT NULL
);

-- The tenant of whoever is asking; NULL, which no row equals, for a role that is bound to none.
CREATE FUNCTION current_tenant() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = synapse, pg_temp
BEGIN ATOMIC
    SELECT coalesce(
        (SELECT tenant FROM tenant_roles WHERE role = session_user),
        current_setting('synapse.tenant', true)
    );
END;

CREATE TABLE runs (
    sequence      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant        text NOT NULL DEFAULT 'local',
    id            text NOT NULL,
    change_key    text NOT NULL,
    ref           text NOT NULL,
    route         text NOT NULL,
    verdict       text NOT NULL,
    findings      bigint NOT NULL,
    started_at    text NOT NULL,
    seconds       double precision NOT NULL,
    config_digest text NOT NULL,
    audit         text NOT NULL,
    UNIQUE (tenant, id)
);

CREATE INDEX runs_newest ON runs (tenant, started_at DESC, sequence DESC);
CREATE INDEX runs_change ON runs (tenant, change_key);

CREATE TABLE workflows (
    sequence      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant        text NOT NULL DEFAULT 'local',
    id            text NOT NULL,
    change_key    text NOT NULL,
    ref           text NOT NULL,
    version       text NOT NULL,
    config_digest text NOT NULL,
    request       text NOT NULL,
    state         text NOT NULL,
    started_at    double precision NOT NULL,
    deadline_at   double precision NOT NULL,
    owner         text NOT NULL,
    heartbeat_at  double precision NOT NULL,
    attempts      bigint NOT NULL,
    why           text NOT NULL DEFAULT '',
    UNIQUE (tenant, id)
);

CREATE INDEX workflows_state ON workflows (state, heartbeat_at);
CREATE INDEX workflows_change ON workflows (tenant, change_key);
CREATE INDEX workflows_newest ON workflows (started_at DESC, sequence DESC);

CREATE TABLE steps (
    sequence    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant      text NOT NULL DEFAULT 'local',
    run         text NOT NULL,
    step        text NOT NULL,
    key         text NOT NULL,
    data        text NOT NULL,
    seconds     double precision NOT NULL,
    recorded_at double precision NOT NULL DEFAULT extract(epoch FROM clock_timestamp()),
    UNIQUE (tenant, run, step)
);

CREATE INDEX steps_pace ON steps (tenant, step, sequence);

CREATE TABLE outbox (
    sequence    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant      text NOT NULL DEFAULT 'local',
    key         text NOT NULL,
    run         text NOT NULL,
    target      text NOT NULL,
    state       text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'posted')),
    url         text NOT NULL DEFAULT '',
    intended_at double precision NOT NULL DEFAULT extract(epoch FROM clock_timestamp()),
    UNIQUE (tenant, key)
);

CREATE INDEX outbox_run ON outbox (tenant, run);

CREATE TABLE holds (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant   text NOT NULL DEFAULT 'local',
    key      text NOT NULL,
    at       double precision NOT NULL,
    until    double precision NOT NULL,
    reviews  bigint NOT NULL,
    tokens   bigint NOT NULL,
    usd      double precision NOT NULL,
    settled  bigint NOT NULL DEFAULT 0,
    UNIQUE (tenant, key)
);

CREATE INDEX holds_time ON holds (tenant, at);
CREATE INDEX holds_open ON holds (tenant) WHERE settled = 0;

CREATE TABLE events (
    sequence      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant        text NOT NULL DEFAULT 'local',
    run           text NOT NULL,
    type          text NOT NULL,
    happened_at   double precision NOT NULL,
    known_at      double precision NOT NULL,
    config_digest text NOT NULL,
    data          text NOT NULL,
    key           text NOT NULL DEFAULT ''
);

CREATE UNIQUE INDEX events_key ON events (tenant, key) WHERE key <> '';
CREATE INDEX events_run ON events (tenant, run, sequence);

-- Whoever owns the table could take the triggers off; whoever does not cannot pass them.
CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_user = 'synapse_retention'
        AND OLD.known_at < nullif(current_setting('synapse.known_before', true), '')::float8
    THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER events_unchanged BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER events_not_emptied BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What keeps failing, by its key: a circuit breaker as JSON. See breaker/shared.py.
CREATE TABLE breakers (
    tenant text NOT NULL DEFAULT 'local',
    key    text NOT NULL,
    data   text NOT NULL,
    PRIMARY KEY (tenant, key)
);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'runs', 'workflows', 'steps', 'outbox', 'holds', 'events', 'breakers'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY of_a_tenant ON %I TO synapse_tenant, synapse_retention '
            'USING (tenant = (SELECT current_tenant())) '
            'WITH CHECK (tenant = (SELECT current_tenant()))', name);
        EXECUTE format(
            'CREATE POLICY of_the_fleet ON %I TO synapse_fleet USING (true) WITH CHECK (true)',
            name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO synapse_tenant, synapse_fleet', name);
        IF name = 'events' THEN
            EXECUTE format('GRANT SELECT, DELETE ON %I TO synapse_retention', name);
        ELSE
            EXECUTE format('GRANT UPDATE, DELETE ON %I TO synapse_tenant, synapse_fleet', name);
        END IF;
    END LOOP;
END $$;

GRANT USAGE ON SCHEMA synapse TO synapse_tenant, synapse_fleet, synapse_retention;
GRANT SELECT ON migrations TO synapse_tenant, synapse_fleet;
