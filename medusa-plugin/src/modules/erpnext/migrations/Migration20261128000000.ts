import { Migration } from "@mikro-orm/migrations";

export class Migration20261128000000 extends Migration {

  override async up(): Promise<void> {
    this.addSql(`alter table if exists "erpnext_quote" drop constraint if exists "erpnext_quote_quote_id_unique";`);
    this.addSql(`alter table if exists "erpnext_delivery" drop constraint if exists "erpnext_delivery_kind_record_id_unique";`);
    this.addSql(`create table if not exists "erpnext_delivery" ("id" text not null, "kind" text check ("kind" in ('customer', 'quote_request', 'quote_decision')) not null, "record_id" text not null, "state" text check ("state" in ('open', 'done', 'failed')) not null default 'open', "version" integer not null default 1, "attempts" integer not null default 0, "next_attempt_at" timestamptz not null, "last_error" text null, "last_message" text null, "created_at" timestamptz not null default now(), "updated_at" timestamptz not null default now(), "deleted_at" timestamptz null, constraint "erpnext_delivery_pkey" primary key ("id"));`);
    this.addSql(`CREATE INDEX IF NOT EXISTS "IDX_erpnext_delivery_deleted_at" ON "erpnext_delivery" ("deleted_at") WHERE deleted_at IS NULL;`);
    this.addSql(`CREATE UNIQUE INDEX IF NOT EXISTS "IDX_erpnext_delivery_kind_record_id_unique" ON "erpnext_delivery" ("kind", "record_id") WHERE deleted_at IS NULL;`);
    this.addSql(`CREATE INDEX IF NOT EXISTS "IDX_erpnext_delivery_next_attempt_at" ON "erpnext_delivery" ("next_attempt_at") WHERE state = 'open' AND deleted_at IS NULL;`);

    this.addSql(`create table if not exists "erpnext_quote" ("id" text not null, "quote_id" text not null, "status" text not null, "quote_updated_at" timestamptz not null, "applied_modified" text null, "decision_sent" text check ("decision_sent" in ('Approved', 'Rejected')) null, "sales_order" text null, "created_at" timestamptz not null default now(), "updated_at" timestamptz not null default now(), "deleted_at" timestamptz null, constraint "erpnext_quote_pkey" primary key ("id"));`);
    this.addSql(`CREATE UNIQUE INDEX IF NOT EXISTS "IDX_erpnext_quote_quote_id_unique" ON "erpnext_quote" ("quote_id") WHERE deleted_at IS NULL;`);
    this.addSql(`CREATE INDEX IF NOT EXISTS "IDX_erpnext_quote_quote_updated_at" ON "erpnext_quote" ("quote_updated_at") WHERE deleted_at IS NULL;`);
    this.addSql(`CREATE INDEX IF NOT EXISTS "IDX_erpnext_quote_sales_order" ON "erpnext_quote" ("sales_order") WHERE deleted_at IS NULL;`);
    this.addSql(`CREATE INDEX IF NOT EXISTS "IDX_erpnext_quote_deleted_at" ON "erpnext_quote" ("deleted_at") WHERE deleted_at IS NULL;`);
  }

  override async down(): Promise<void> {
    this.addSql(`drop table if exists "erpnext_delivery" cascade;`);

    this.addSql(`drop table if exists "erpnext_quote" cascade;`);
  }

}
